import type * as z from 'zod';
import type { Context } from '../context.ts';
import type { Plan } from '../plan.ts';

/** The steps of a run, in order; the place of one names its record. */
export const STEPS = [
  'snapshot',
  'checks',
  'leakage',
  'select',
  'train',
  'evaluate',
  'convert',
  'parity',
  'import',
  'gates',
  'importance',
  'baseline',
  'register',
  'deploy',
] as const;

export type StepName = (typeof STEPS)[number];

/**
 * One step of a run. A run may die in it at any moment and begin it again: every write is conditional,
 * every job has a name of its own. What comes out is kept, so it is small and made of JSON; what is
 * large is made again, the same, out of what is small.
 */
export interface Step<Inputs, Result> {
  readonly name: StepName;
  /** What it leaves, as it is read back. */
  readonly result: z.ZodType<Result>;
  /** @param inputs what steps before it gave */
  readonly run: (context: Context, plan: Plan, inputs: Inputs) => Promise<Result>;
  /** Ends the run, once the result is noted down. @throws {AppError} 422, why it may not go on */
  readonly demand?: (result: Result) => void;
}

/** Does a step, or reads what it left when it was done before. */
export type Take = <Inputs, Result>(step: Step<Inputs, Result>, inputs: Inputs) => Promise<Result>;
