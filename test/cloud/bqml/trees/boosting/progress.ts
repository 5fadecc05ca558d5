/** One boosting round, as it went. Losses are mlogloss, logloss or rmse, weighted means. */
export interface Iteration {
  /** From 0. */
  readonly index: number;
  readonly trainingLoss: number;
  /** Absent where there are no evaluation rows. */
  readonly evalLoss?: number;
  readonly learnRate: number;
  readonly durationMs: number;
}

/**
 * Says when to stop, as BigQuery ML documents EARLY_STOP: after the first iteration whose relative
 * loss improvement is below MIN_REL_PROGRESS. That iteration's trees stay in the model. The loss is
 * that of the evaluation rows, or where there are none of the training rows.
 */
export function shouldStop(iterations: readonly Iteration[], minRelProgress: number): boolean {
  const [before, last] = iterations.slice(-2).map((iteration) => lossOf(iteration));
  if (before === undefined || last === undefined) return false;
  return !(before - last >= minRelProgress * Math.abs(before)) || before === 0;
}

function lossOf({ evalLoss, trainingLoss }: Iteration): number {
  return evalLoss ?? trainingLoss;
}

/**
 * What XGBoost writes into a booster that was trained with early stopping: the last iteration that
 * made enough progress, its losses, and its score.
 */
export function bestAttributes(
  iterations: readonly Iteration[],
  metric: string,
  minRelProgress: number,
): Map<string, string> {
  const index = iterations.length - (shouldStop(iterations, minRelProgress) ? 2 : 1);
  const best = iterations[index];
  if (best === undefined) return new Map();
  const losses = [`train-${metric}:${best.trainingLoss.toFixed(6)}`];
  if (best.evalLoss !== undefined) losses.push(`eval-${metric}:${best.evalLoss.toFixed(6)}`);
  return new Map([
    ['best_iteration', `${index}`],
    ['best_msg', [`[${index}]`, ...losses].join('\t')],
    ['best_score', `${Number(lossOf(best).toFixed(6))}`],
  ]);
}
