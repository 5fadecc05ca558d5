/** Keyed decisions as they are kept in Cloud Storage: one object each, written once. */
import * as z from 'zod';
import type { DecisionEvent } from '../decision/decide.ts';
import { AppError, unavailable } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import { limited } from '../limited.ts';

export interface KeptDecision {
  /** Of the body that was decided on: see `fingerprint`. */
  readonly request_sha256: string;
  readonly event: DecisionEvent;
  /** What the caller was told, and is told again. */
  readonly answer: object;
}

export interface KeptDecisions {
  /** Keeps a decision unless there is one of that id. @returns whether there was none */
  create(portfolio: string, decisionId: string, kept: KeptDecision): Promise<boolean>;
  /** Undefined where there is none of that id. */
  read(portfolio: string, decisionId: string): Promise<KeptDecision | undefined>;
}

const FORMAT = 1;

const schema = z.object({
  format: z.literal(FORMAT),
  request_sha256: z.string(),
  // Events grow: what an older or newer release wrote is passed on as it is.
  event: z.looseObject({ decision_id: z.string(), portfolio: z.string(), outcome: z.string() }),
  answer: z.looseObject({ decision_id: z.string() }),
});

const nameOf = (portfolio: string, decisionId: string): string =>
  `decisions/${portfolio}/${decisionId}.json`;

/**
 * @param deadlineMs how long Cloud Storage may take for a call: its client would wait much longer.
 *   What is written after it is kept all the same, and told whoever asks again.
 * @throws {AppError} 503 of both calls, where Cloud Storage fails or takes longer
 */
export function createKeptDecisions(objects: Objects, deadlineMs: number): KeptDecisions {
  return {
    async create(portfolio, decisionId, kept) {
      const bytes = Buffer.from(JSON.stringify({ format: FORMAT, ...kept }));
      const name = nameOf(portfolio, decisionId);
      try {
        await inTime(objects.write(name, bytes, 'application/json', 0), deadlineMs);
        return true;
      } catch (error) {
        if (error instanceof AppError && error.code === 'conflict') return false;
        throw error;
      }
    },
    async read(portfolio, decisionId) {
      const name = nameOf(portfolio, decisionId);
      const stored = await inTime(objects.read(name), deadlineMs);
      return stored && parse(name, stored.bytes);
    },
  };
}

async function inTime<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  try {
    return await limited(work, deadlineMs);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unavailable(
      'Decisions with an Idempotency-Key can be neither kept nor found at the moment.',
      error,
    );
  }
}

/** @throws {Error} naming the object that holds something else */
function parse(name: string, bytes: Uint8Array): KeptDecision {
  try {
    const kept = JSON.parse(new TextDecoder().decode(bytes));
    // Checked and not taken apart: what is told again is told as it was, to the order of its fields.
    schema.parse(kept);
    return kept;
  } catch (cause) {
    throw new Error(`${name} holds no keyed decision.`, { cause });
  }
}
