/** What `npm run registry` is told, checked before anything is asked of the cloud. */
import * as z from 'zod';
import { guardSchema } from '../../arms/limits.ts';
import { versionId } from '../../bundle/manifest.ts';
import { portfolioId } from '../../portfolio/documents.ts';
import { readCommandLine, UsageError } from '../command_line.ts';

/** Versions that each action wants: at least, at most. */
const VERSIONS = {
  list: [0, 0],
  show: [0, 1],
  diff: [2, 2],
  card: [1, 1],
  log: [0, 0],
  promote: [1, 1],
  rollback: [0, 0],
  approve: [1, 1],
  split: [0, 1],
  shadow: [1, 1],
  retire: [1, 1],
  kill: [0, 0],
} as const satisfies Record<string, readonly [number, number]>;

const OPTIONS = {
  by: { type: 'string' },
  reason: { type: 'string' },
  share: { type: 'string' },
  steps: { type: 'string' },
  guard: { type: 'string' },
  salt: { type: 'string' },
  off: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export type Action = keyof typeof VERSIONS;

const READS: ReadonlySet<Action> = new Set<Action>(['list', 'show', 'diff', 'card', 'log']);

export interface Asked {
  readonly action: Action;
  readonly portfolio: string;
  readonly versions: readonly string[];
  readonly json: boolean;
  /** Of a change: who and why. Empty where nothing is changed. */
  readonly by: string;
  readonly reason: string;
  readonly share: number | undefined;
  readonly steps: { from: string; share: number }[] | undefined;
  readonly guard: z.infer<typeof guardSchema> | undefined;
  readonly salt: string | undefined;
  /** Undoes the action: takes a shadow away, switches the kill switch off. */
  readonly off: boolean;
}

export const isRead = (action: Action): boolean => READS.has(action);

/**
 * @param user who is logged in, where nobody is named
 * @returns undefined where help is asked for
 * @throws {UsageError}
 */
export function parseArguments(
  given: readonly string[],
  user: string | undefined,
): Asked | undefined {
  const { values, positionals } = readCommandLine(given, OPTIONS);
  if (values.help) return undefined;
  const [action, portfolio, ...versions] = positionals;
  if (action === undefined || !(action in VERSIONS)) {
    throw new UsageError(
      action === undefined ? 'Say what to do.' : `There is no action "${action}".`,
    );
  }
  const known = action as Action;
  if (!portfolioId.safeParse(portfolio).success) throw new UsageError('Say which portfolio.');
  requireVersions(known, versions);
  const { by = user ?? '', reason = '' } = values;
  if (!isRead(known)) requireAct(by, reason);
  const share = values.share === undefined ? undefined : shareOf(values.share);
  if (known === 'split' && share === undefined && values.steps === undefined) {
    throw new UsageError('split wants --share, --steps or both.');
  }
  return {
    action: known,
    portfolio: portfolio!,
    versions,
    json: values.json ?? false,
    by,
    reason,
    share,
    steps: values.steps === undefined ? undefined : stepsOf(values.steps),
    guard: values.guard === undefined ? undefined : guardOf(values.guard),
    salt: values.salt,
    off: values.off ?? false,
  };
}

function requireVersions(action: Action, versions: readonly string[]): void {
  const [least, most] = VERSIONS[action];
  if (versions.length < least || versions.length > most) {
    const wanted = least === most ? String(most) : `${least} or ${most}`;
    throw new UsageError(`${action} wants ${wanted} version(s), not ${versions.length}.`);
  }
  for (const version of versions) {
    const { error } = versionId.safeParse(version);
    if (error) throw new UsageError(`"${version}" ${error.issues[0]!.message}.`);
  }
}

function requireAct(by: string, reason: string): void {
  if (by.trim() === '') throw new UsageError('Say who changes this: --by NAME.');
  if (reason.trim() === '') throw new UsageError('Say why: --reason TEXT.');
}

function shareOf(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new UsageError(`"${text}" is no share from 0 to 1.`);
}

/** `TIME=SHARE,TIME=SHARE`. */
const stepsOf = (text: string): { from: string; share: number }[] =>
  text.split(',').map((step) => {
    const [from = '', share = '', ...more] = step.split('=');
    const isTime = z.iso.datetime({ offset: true }).safeParse(from).success;
    if (isTime && more.length === 0) return { from, share: shareOf(share) };
    throw new UsageError(`"${step}" is no step: 2026-12-01T09:00:00Z=0.1.`);
  });

function guardOf(text: string): z.infer<typeof guardSchema> {
  try {
    return guardSchema.parse(JSON.parse(text));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new UsageError(`--guard is no limits of a guard: ${detail}`);
  }
}
