/** Whether a decision came out as it is on record, to the bit. */
import type { DecisionEvent } from '../decision/decide.ts';
import type { Recorded } from './recorded.ts';

/** What the same model and policy must give again. Arms hang on the deployment: see `arms.ts`. */
const COMPARED = [
  'application_id',
  'entity_id',
  'outcome',
  'pd',
  'reasons',
  'policy_version',
  'policy_sha256',
  'rules',
  'expected_loss',
  'expected_profit',
  'currency',
  'counter_offer',
] as const satisfies readonly (keyof DecisionEvent)[];

/** @returns the fields that differ; numbers are compared by their bits */
export function differencesOf({ row, version }: Recorded, decided: DecisionEvent): string[] {
  // As it would have been published: JSON has no -0.
  const event: DecisionEvent = JSON.parse(JSON.stringify(decided));
  const fields = COMPARED.filter((field) => field in row && !same(row[field], event[field]));
  return version === null ? fields : [...fields, ...scoreDifferences(row, version, event)];
}

/** Of the score that decided; shadows had no say. */
function scoreDifferences(
  row: Recorded['row'],
  version: string,
  { scores: [redone] }: DecisionEvent,
): string[] {
  const scores = row.scores as readonly Readonly<Record<string, unknown>>[];
  const recorded = scores.find((score) => score.version === version && score.role !== 'shadow');
  if (!recorded || !redone) return ['scores'];
  return (['probability', 'pd', 'engine', 'features'] as const)
    .filter((field) => !same(recorded[field], redone[field]))
    .map((field) => `scores.${field}`);
}

/**
 * A table may lack columns that events have: what is recorded must be there, not the other way
 * round. The warehouse has null for what an event leaves out.
 */
function same(recorded: unknown, redone: unknown): boolean {
  if (Array.isArray(recorded)) {
    return (
      Array.isArray(redone) &&
      recorded.length === redone.length &&
      recorded.every((item, i) => same(item, redone[i]))
    );
  }
  if (typeof recorded === 'object' && recorded !== null) {
    if (typeof redone !== 'object' || redone === null) return false;
    return Object.entries(recorded).every(([key, value]) =>
      same(value, (redone as Record<string, unknown>)[key]),
    );
  }
  return Object.is(recorded ?? null, redone ?? null);
}
