import type { TrainingIteration } from '../../bigquery/ports.ts';

/** Who is told of the training, and who may call it off. */
export interface Watch {
  onIteration(iteration: TrainingIteration): void;
  readonly signal: AbortSignal;
  /** Milliseconds, for durations. */
  now(): number;
}
