import type { Arena } from '../kernels/arena.ts';
import type { Address, TrainerKernel } from '../kernels/trainer.ts';

/** What a loss is taken of: labels and weights in a kernel's memory, float32. */
export interface LabelledRows {
  readonly count: number;
  readonly labels: Address;
  /** 0 where all weigh 1. */
  readonly weights: Address;
}

/**
 * A loss of XGBoost over some rows. It keeps their margins, one run of float32 a group; who changes
 * them calls `update` before asking for gradients or the loss again.
 */
export interface Objective {
  /** XGBoost's name of the metric that `loss` is: mlogloss, logloss, rmse. */
  readonly metric: string;
  /** Trees are trained for so many groups a round. */
  readonly groups: number;
  readonly hasConstantHessian: boolean;
  margins(group: number): Address;
  update(): void;
  /** Writes the rows' pairs (gradient, hessian). */
  gradients(group: number, pairs: Address): void;
  /** Weighted mean over the rows; for rmse the root of it. */
  loss(): number;
}

/** Makes an objective over some rows, whose margins all begin as `margin`. */
export type MakeObjective = (
  kernel: TrainerKernel,
  arena: Arena,
  rows: LabelledRows,
  margin: number,
) => Objective;

const FLOAT = 4;

function filled(arena: Arena, count: number, value: number): Address {
  const address = arena.take(FLOAT * count);
  arena.float32(address, count).fill(value);
  return address;
}

/** Sum of the weights; 1 where it is 0, as XGBoost's metrics then give the sum for the mean. */
function totalWeight(arena: Arena, { weights, count }: LabelledRows): number {
  if (weights === 0) return count;
  return arena.float32(weights, count).reduce((sum, weight) => sum + weight, 0) || 1;
}

/** reg:linear */
export const squaredError: MakeObjective = (kernel, arena, rows, margin) => {
  const { count, labels, weights } = rows;
  const margins = filled(arena, count, margin);
  const total = totalWeight(arena, rows);
  return {
    metric: 'rmse',
    groups: 1,
    hasConstantHessian: true,
    margins: () => margins,
    update: () => {},
    gradients: (_group, pairs) => kernel.squaredGradients(margins, labels, weights, count, pairs),
    loss: () => Math.sqrt(kernel.squaredError(margins, labels, weights, count) / total),
  };
};

// One margin a row says it all: the logistic loss, and softmax of two mirrored classes.
function binary({
  metric,
  target,
  softmax,
}: {
  metric: string;
  target: 0 | 1;
  softmax: boolean;
}): MakeObjective {
  return (kernel, arena, rows, margin) => {
    const { count, labels, weights } = rows;
    const margins = filled(arena, count, margin);
    const probabilities = arena.take(FLOAT * count);
    const likelihoods = arena.take(FLOAT * count);
    const total = totalWeight(arena, rows);
    return {
      metric,
      groups: 1,
      hasConstantHessian: false,
      margins: () => margins,
      update: () =>
        softmax
          ? kernel.mirroredSoftmax(margins, count, probabilities)
          : kernel.sigmoids(margins, count, probabilities),
      gradients: (_group, pairs) =>
        kernel.binaryGradients(
          probabilities,
          labels,
          target,
          weights,
          count,
          Number(softmax),
          pairs,
        ),
      loss: () => {
        const steepness = softmax ? 2 : 1;
        kernel.binaryLikelihood(
          probabilities,
          labels,
          target,
          margins,
          steepness,
          count,
          likelihoods,
        );
        return kernel.logLoss(likelihoods, weights, count) / total;
      },
    };
  };
}

/** binary:logistic */
export const logistic = binary({ metric: 'logloss', target: 1, softmax: false });

/**
 * multi:softprob of two classes whose trees mirror each other: the margin is the first class's,
 * and the second's is its negative. Base scores cancel, so that it starts from 0.
 */
export const mirroredSoftmax = binary({ metric: 'mlogloss', target: 0, softmax: true });

/** multi:softprob */
export function softmax(classes: number): MakeObjective {
  return (kernel, arena, rows, margin) => {
    const { count, labels, weights } = rows;
    const margins = filled(arena, count * classes, margin);
    const of = (group: number) => margins + FLOAT * count * group;
    const greatest = arena.take(FLOAT * count);
    const sums = arena.take(FLOAT * count);
    const likelihoods = arena.take(FLOAT * count);
    const total = totalWeight(arena, rows);
    return {
      metric: 'mlogloss',
      groups: classes,
      hasConstantHessian: false,
      margins: of,
      update: () => kernel.softmaxNorms(margins, classes, count, greatest, sums),
      gradients: (group, pairs) =>
        kernel.softmaxGradients(of(group), group, greatest, sums, labels, weights, count, pairs),
      loss: () => {
        kernel.softmaxLikelihood(margins, greatest, sums, labels, count, likelihoods);
        return kernel.logLoss(likelihoods, weights, count) / total;
      },
    };
  };
}
