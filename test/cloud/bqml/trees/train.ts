import type { Booster } from '../../../../shared/bridge/booster.ts';
import { Boosting } from './boosting/boosting.ts';
import { bestAttributes, type Iteration, shouldStop } from './boosting/progress.ts';
import { checkRows, type TrainingRows } from './boosting/training_rows.ts';
import { checkOptions, type TrainingOptions } from './options.ts';

export type { Iteration } from './boosting/progress.ts';
export type { TrainingRows } from './boosting/training_rows.ts';
export { DEFAULT_OPTIONS, type TrainingOptions } from './options.ts';

/** How a training is followed and ended early. */
export interface TrainingWatch {
  /** Told of each iteration as it ends. */
  onIteration?(iteration: Iteration): void;
  /** Ends the training with its reason, before the next tree. */
  readonly signal?: AbortSignal;
  /** Milliseconds of a clock that does not go back. */
  now?(): number;
}

/** What was trained, and how it went. */
export interface Training {
  readonly booster: Booster;
  readonly iterations: Iteration[];
}

/**
 * Trains boosted trees, or a forest, as XGBoost 0.82 to 1.7 does: second-order gains, learned
 * directions for missing values, growth by depth, pruning afterwards. The same rows, options and
 * seed give the same booster. RangeError where rows or options cannot be trained with.
 */
export async function train(
  rows: TrainingRows,
  evaluation: TrainingRows | undefined,
  options: TrainingOptions,
  watch: TrainingWatch = {},
): Promise<Training> {
  checkOptions(options);
  checkRows(rows, evaluation, options);
  const { earlyStop, minRelProgress, maxIterations, learnRate } = options;
  const now = watch.now ?? (() => performance.now());
  let start = now();
  const boosting = new Boosting(rows, evaluation, options);
  const iterations: Iteration[] = [];
  while (iterations.length < maxIterations) {
    await boosting.round(watch.signal);
    const trainingLoss = boosting.trainingLoss();
    const evalLoss = boosting.evalLoss();
    const end = now();
    const iteration = {
      index: iterations.length,
      trainingLoss,
      ...(evalLoss !== undefined && { evalLoss }),
      learnRate,
      durationMs: end - start,
    };
    start = end;
    iterations.push(iteration);
    watch.onIteration?.(iteration);
    if (earlyStop && shouldStop(iterations, minRelProgress)) break;
  }
  const attributes = earlyStop
    ? bestAttributes(iterations, boosting.metric, minRelProgress)
    : new Map<string, string>();
  return { booster: boosting.booster(attributes), iterations };
}
