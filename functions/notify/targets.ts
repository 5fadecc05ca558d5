/** Where alerts are sent: a list that the environment holds whole, for addresses may be secrets too. */
import { isIP } from 'node:net';
import * as z from 'zod';
import type { Alert } from '../../shared/alerts/alert.ts';
import { BREACH_KINDS, isWorse, SEVERITIES } from '../../shared/alerts/breach.ts';
import { portfolioId } from '../../shared/portfolio/documents.ts';

const targetSchema = z
  .strictObject({
    /** What logs call it: its address may be a secret. */
    name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be small letters, digits and hyphens'),
    url: z.url({ protocol: /^https?$/ }),
    /** Whether its address may be http, or of a machine inside: for a receiver on one's own machine. */
    insecure: z.boolean().default(false),
    format: z.enum(['webhook', 'slack']).default('webhook'),
    /** Each signs; a receiver that knows any of them is content, so that one can be exchanged. */
    secrets: z
      .array(z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and base64'))
      .max(5)
      .default([]),
    /** What it wants to hear of; everything unless said. */
    portfolios: z.array(portfolioId).optional(),
    kinds: z.array(z.enum(BREACH_KINDS)).optional(),
    least_severity: z.enum(SEVERITIES).default('warning'),
  })
  .superRefine(({ url, insecure, format, secrets }, context) => {
    if (!insecure && !isPublic(url)) {
      const message = 'must be https and a public name';
      context.addIssue({ code: 'custom', path: ['url'], message });
    }
    if (format === 'webhook' && secrets.length === 0) {
      context.addIssue({ code: 'custom', path: ['secrets'], message: 'has none to sign with' });
    }
  });

export type Target = z.infer<typeof targetSchema>;

/** Nothing inside: no addresses, no names without a domain, no names of private networks. */
function isPublic(text: string): boolean {
  const { protocol, hostname, username, password } = new URL(text);
  const bare = hostname.replace(/^\[|\]$/g, '');
  return (
    protocol === 'https:' &&
    username === '' &&
    password === '' &&
    isIP(bare) === 0 &&
    /\.[a-z][a-z0-9-]*\.?$/i.test(bare) &&
    !/\.(internal|local|localhost|localdomain)\.?$/i.test(bare)
  );
}

const targetsSchema = z
  .array(targetSchema)
  .refine((targets) => new Set(targets.map(({ name }) => name)).size === targets.length, {
    error: 'has a name twice',
  });

/** Reads the list from its text; what is wrong is told by place, and no value with it. */
export function readTargets(text: string, context: z.RefinementCtx): readonly Target[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    context.addIssue('must be a JSON list');
    return z.NEVER;
  }
  const parsed = targetsSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    context.addIssue(`${path.join('.') || 'the list'} ${message}`);
  }
  return z.NEVER;
}

/** Whether a target wants to hear of an alert. */
export const wants = ({ portfolios, kinds, least_severity }: Target, alert: Alert): boolean =>
  (portfolios?.includes(alert.portfolio) ?? true) &&
  (kinds?.includes(alert.kind) ?? true) &&
  !isWorse(least_severity, alert.severity);
