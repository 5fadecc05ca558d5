/** Which breaches ask for a retraining, and whether one has answered them already. */
import * as z from 'zod';
import { BREACH_KINDS, type Breach, isWorse, SEVERITIES } from '../alerts/breach.ts';

const severities = z.partialRecord(z.enum(BREACH_KINDS), z.enum(SEVERITIES));

/** `retraining` of portfolio.json. */
export const retrainingSchema = z.strictObject({
  /** The least severity of each kind of breach that asks for a retraining. */
  kinds: severities,
  /** Days in which one retraining answers all breaches of a kind, unless they become worse. */
  cooldown_days: z.int().min(1).max(90).default(7),
});

export type RetrainingPolicy = z.infer<typeof retrainingSchema>;

/** What asks for a retraining: the worst severity of each kind. */
export const causeSchema = severities;

export type Cause = z.infer<typeof causeSchema>;

export const askedSchema = z.strictObject({
  id: z.string(),
  /** When the run was due that asked. */
  at: z.iso.datetime(),
  cause: causeSchema,
  /** Somebody is about to start it, or it was started. */
  state: z.enum(['claimed', 'started']),
  claimed_at: z.iso.datetime(),
});

export type Asked = z.infer<typeof askedSchema>;

const DAY_MS = 86_400_000;

/** @returns undefined where nothing asks */
export function causeOf(
  { kinds }: RetrainingPolicy,
  breaches: readonly Breach[],
): Cause | undefined {
  const cause: Cause = {};
  for (const { kind, severity } of breaches) {
    const least = kinds[kind];
    if (least === undefined || isWorse(least, severity)) continue;
    const worst = cause[kind];
    if (worst === undefined || isWorse(severity, worst)) cause[kind] = severity;
  }
  return Object.keys(cause).length > 0 ? cause : undefined;
}

/** Those within a cooldown of a time, before or after: a run may be repeated late. */
export const recent = (
  all: readonly Asked[],
  at: Date,
  { cooldown_days }: RetrainingPolicy,
): Asked[] =>
  all.filter((asked) => Math.abs(at.getTime() - Date.parse(asked.at)) < cooldown_days * DAY_MS);

/**
 * Those that answer what asks now: together they were asked for by each kind, no less grave.
 * @returns undefined where a kind is unanswered
 */
export function answersTo(cause: Cause, all: readonly Asked[]): Asked[] | undefined {
  const answering = Object.entries(cause).map(([kind, severity]) =>
    all.findLast((asked) => {
      const before = asked.cause[kind as Breach['kind']];
      return before !== undefined && !isWorse(severity, before);
    }),
  );
  return answering.every((asked) => asked !== undefined) ? answering : undefined;
}
