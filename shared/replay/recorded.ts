/** A decision on record: a row of `decisions`, checked as far as a replay relies on it. */
import * as z from 'zod';
import type { Outcome } from '../policy/policy.ts';
import type { EngineName } from '../serving/engine.ts';
import type { Application } from '../serving/serving_model.ts';

/** A row that cannot be replayed, and why: its fields by name, nothing of what it holds. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

export interface Recorded {
  readonly decisionId: string;
  readonly at: Date;
  /** The version that decided; null where no model was asked. */
  readonly version: string | null;
  /** What that version was scored with. */
  readonly engine: EngineName;
  readonly outcome: Outcome;
  readonly pd: number | null;
  readonly application: Application;
  /** Every column that the row has. */
  readonly row: Readonly<Record<string, unknown>>;
}

/** The warehouse's client gives timestamps as objects of their own. */
const timestamp = z.union([
  z.iso.datetime({ offset: true }),
  z.object({ value: z.iso.datetime({ offset: true }) }).transform(({ value }) => value),
]);

const rowSchema = z.looseObject({
  decision_id: z.string().min(1),
  decided_at: timestamp,
  outcome: z.enum(['approve', 'review', 'decline', 'counter_offer']),
  pd: z.number().min(0).max(1).nullable(),
  model_version: z.string().nullable(),
  scores: z.array(
    z.looseObject({
      version: z.string(),
      role: z.string(),
      engine: z.enum(['onnxruntime', 'kernel']),
    }),
  ),
  request: z.string(),
});

/** What a report calls a row that may lack even its id. */
export const nameOf = (row: Readonly<Record<string, unknown>>): string =>
  typeof row.decision_id === 'string' && row.decision_id !== ''
    ? row.decision_id
    : 'a decision without an id';

/** @throws {RecordError} */
export function readRecorded(given: Readonly<Record<string, unknown>>): Recorded {
  const parsed = rowSchema.safeParse(given);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => path.join('.'));
    throw new RecordError(`its record is damaged: ${[...new Set(fields)].join(', ')}`);
  }
  const { data } = parsed;
  const decided = data.scores.find(({ version }) => version === data.model_version);
  if ((data.model_version === null) !== (data.pd === null) || (data.pd !== null && !decided)) {
    throw new RecordError('its record is damaged: model_version, pd and scores contradict');
  }
  return {
    decisionId: data.decision_id,
    at: new Date(data.decided_at),
    version: data.model_version,
    engine: decided?.engine ?? 'onnxruntime',
    outcome: data.outcome,
    pd: data.pd,
    application: readRequest(data.request),
    row: { ...given, decided_at: data.decided_at },
  };
}

function readRequest(text: string): Application {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    // Not even the error may be kept: it quotes the request.
    throw new RecordError('its request is no JSON: is it damaged, or masked from you?');
  }
  if (typeof request === 'object' && request !== null && !Array.isArray(request)) {
    return request as Application;
  }
  throw new RecordError('its request is no JSON object');
}
