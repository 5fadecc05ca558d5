/** What somebody is told of a breach: a row of `flit.alerts`, a line of the log, a message. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { portfolioId } from '../portfolio/documents.ts';
import { BREACH_KINDS, type Breach, SEVERITIES } from './breach.ts';

export const alertSchema = z.strictObject({
  /** The same however often a run is repeated: whoever gets an alert twice knows it by this. */
  alert_id: z.string().regex(/^[\da-f]{32}$/),
  portfolio: portfolioId,
  kind: z.enum(BREACH_KINDS),
  subject: z.string().min(1),
  segment: z.string().nullable(),
  severity: z.enum(SEVERITIES),
  state: z.enum(['raised', 'over']),
  /** It is new, it became worse, it has lasted for another cooldown, or it is over. */
  why: z.enum(['new', 'worse', 'reminder', 'over']),
  figure: z.number().nullable(),
  limit: z.number().nullable(),
  n: z.int().nullable(),
  text: z.string().min(1),
  model_version: z.string().nullable(),
  /** The run that found it, and the one that first did. */
  at: z.iso.datetime(),
  since: z.iso.datetime(),
  owner: z.string().min(1),
  /** What to do: a file of the repository, or its address where the portfolio says one. */
  runbook: z.string().min(1),
});

export type Alert = z.infer<typeof alertSchema>;

/** Who hears of a portfolio's alerts and where they look what to do; of its `portfolio.json`. */
export interface Addressee {
  readonly id: string;
  readonly owner: string;
  readonly alerts?:
    | {
        readonly cooldown_days: number;
        readonly owners: Readonly<Partial<Record<Breach['kind'], string>>>;
        readonly runbooks?: string | undefined;
      }
    | undefined;
}

/** Where runbooks are in the repository. */
const RUNBOOKS = 'terraform/modules/monitoring/runbooks';

type Told = Pick<Alert, 'state' | 'why' | 'since'>;

/** The alert of a breach; a function of the two alone, so that a repeated run makes the same. */
export function alertOf(portfolio: Addressee, breach: Breach, told: Told): Alert {
  const { kind, subject, severity, text } = breach;
  const at = breach.at.toISOString();
  const segment = breach.segment ?? null;
  const identity = [portfolio.id, kind, subject, segment, severity, told.state, at];
  return {
    alert_id: createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32),
    portfolio: portfolio.id,
    kind,
    subject,
    segment,
    severity,
    ...told,
    figure: finite(breach.figure),
    limit: finite(breach.limit),
    n: breach.n ?? null,
    text,
    model_version: breach.model_version ?? null,
    at,
    owner: portfolio.alerts?.owners[kind] ?? portfolio.owner,
    runbook: `${portfolio.alerts?.runbooks ?? RUNBOOKS}/breach-${kind.replace('_', '-')}.md`,
  };
}

/** JSON has no other numbers. */
const finite = (figure: number | null): number | null =>
  figure !== null && Number.isFinite(figure) ? figure : null;
