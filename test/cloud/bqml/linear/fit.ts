import { widthOf } from './design.ts';
import type { LossName } from './losses.ts';
import { minimise, type Step } from './newton.ts';
import { type Examples, MeanLoss, ridgeOf } from './objective.ts';
import { inverseDiagonal } from './standard_errors.ts';

export interface FitRequest {
  readonly training: Examples;
  readonly evaluation?: Examples;
  readonly loss: LossName;
  readonly classCount: number;
  /** Penalties on Σ weight · loss of all rows: `l1 · Σ|w| + ½ · l2 · Σw²`, intercepts free. */
  readonly l1: number;
  readonly l2: number;
  readonly maxIterations: number;
  readonly earlyStop: boolean;
  readonly minRelProgress: number;
  readonly standardErrors: boolean;
}

export interface FitIteration {
  readonly index: number;
  /** Mean log loss or mean squared error, without penalties. */
  readonly trainingLoss: number;
  readonly evalLoss?: number;
  /** The share of the Newton step that was taken. */
  readonly learnRate: number;
}

export interface FitResult {
  /** Of output 0, then of output 1, …, each with its intercept last. */
  readonly weights: Float64Array;
  /** Of the weights; undefined where the information matrix has no inverse. */
  readonly standardErrors?: Float64Array;
}

/** A point whose gradient is this share of the first one counts as the optimum. */
const CONVERGED = 1e-9;

/**
 * Fits a generalized linear model; yields each iteration.
 *
 * MAX_ITERATIONS counts Newton steps, of which a handful reach the optimum of the penalised loss.
 * EARLY_STOP ends training after the first step that improves the objective by a smaller share
 * than MIN_REL_PROGRESS and has reached the optimum; without it, steps are taken while they gain
 * anything. BigQuery's gradient descent stops wherever its progress slows down, at weights that are
 * no maximum of the likelihood (GoogleCloudPlatform/bigquery-ml-utils issue 6). Classes that can be
 * separated have no optimum: every step gains, and the margins grow by about 1 an iteration.
 */
export function* fitLinear(request: FitRequest): Generator<FitIteration, FitResult> {
  const { training, loss, classCount } = request;
  const objective = new MeanLoss(training, loss, classCount, request.l2);
  const total = training.weights?.reduce((a, b) => a + b, 0) ?? training.design.rowCount;
  const width = widthOf(training.design);
  const outputs = objective.size / width;
  const l1 = ridgeOf(width, outputs, training.design.intercept, request.l1 / total);
  const weights = new Float64Array(objective.size);
  const report = reporter(request, objective, weights);

  // A quadratic function is solved by one exact step.
  const steps = minimise(objective, weights, l1, loss === 'squared' ? 1e-10 : 0.1);
  let before = objective.value(weights);
  for (const step of steps) {
    yield report(step);
    if (step.iteration + 1 >= request.maxIterations) break;
    const progress = (before - step.value) / Math.abs(before);
    before = step.value;
    const slow = !(progress >= request.minRelProgress);
    if (request.earlyStop && slow && step.slope <= CONVERGED) break;
  }
  if (!request.standardErrors) return { weights };
  const standardErrors = errorsOf(objective, weights, total, loss);
  return standardErrors ? { weights, standardErrors } : { weights };
}

function reporter(request: FitRequest, objective: MeanLoss, weights: Float64Array) {
  const { evaluation, loss, classCount } = request;
  const holdout = evaluation && new MeanLoss(evaluation, loss, classCount, 0);
  const scale = loss === 'squared' ? 2 : 1;
  return (step: Step): FitIteration => {
    holdout?.value(weights);
    return {
      index: step.iteration,
      trainingLoss: scale * objective.meanLoss,
      ...(holdout ? { evalLoss: scale * holdout.meanLoss } : {}),
      learnRate: step.length,
    };
  };
}

/** Square roots of the inverse information; times the residual's variance for a regression. */
function errorsOf(
  objective: MeanLoss,
  weights: Float64Array,
  total: number,
  loss: LossName,
): Float64Array | undefined {
  objective.value(weights);
  const variances = inverseDiagonal(objective);
  if (!variances) return undefined;
  const spread =
    loss === 'squared' ? (2 * objective.meanLoss * total) / (total - weights.length) : 1;
  return variances.map((variance) => Math.sqrt((variance / total) * spread));
}
