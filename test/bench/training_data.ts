/** Rows for the trainer's benchmark and its comparisons with XGBoost. */

import { randomBits, uniform } from '../cloud/bqml/trees/random.ts';
import type { TrainingRows } from '../cloud/bqml/trees/train.ts';

export interface SyntheticShape {
  readonly rows: number;
  /** At least 12. A fifth are amounts, a quarter are flags, the rest are continuous. */
  readonly features: number;
  /** Part of the values that are missing. */
  readonly missing: number;
  /** Distinct seeds are distinct rows of the same population. */
  readonly seed: number;
}

/**
 * Rows as of a lender's portfolio: amounts with few distinct values and a long tail, flags, and
 * continuous features. The label is 1 with a probability that is linear in all of them, with an
 * interaction of two and a step of one.
 */
export function syntheticRows({ rows, features, missing, seed }: SyntheticShape): TrainingRows {
  const random = randomBits(seed);
  const weights = gaussians(features, randomBits(1));
  const amounts = Math.floor(features / 5);
  const flags = Math.ceil((features * 3) / 4);
  const columns = Array.from(weights, (_, f) =>
    gaussians(rows, random).map((z) => {
      if (f < amounts) return Math.round(Math.exp(z) * 20);
      return f < flags ? z : Number(z > 0.8);
    }),
  );
  const labels = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let z = 0;
    for (let f = 0; f < features; f++) z += columns[f]![row]! * weights[f]! * 0.075;
    z += 0.8 * Math.sin(columns[amounts + 1]![row]!) * columns[amounts + 2]![row]!;
    z += columns[1]![row]! > 30 ? 0.5 : 0;
    labels[row] = Number(uniform(random) < 1 / (1 + Math.exp(-z)));
  }
  for (const column of columns) {
    for (let row = 0; row < rows; row++) if (uniform(random) < missing) column[row] = Number.NaN;
  }
  return { columns, labels };
}

/** Box and Muller's standard normal numbers. */
function gaussians(count: number, random: () => number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(random)));
    return radius * Math.cos(2 * Math.PI * uniform(random));
  });
}

/** Area under the ROC curve, ties counting half. */
export function areaUnderRoc(scores: Float32Array, labels: Float32Array): number {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  let positives = 0;
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && scores[order[end]!] === scores[order[i]!]) end++;
    for (const row of order.subarray(i, end)) {
      if (labels[row] !== 1) continue;
      rankSum += (i + 1 + end) / 2;
      positives++;
    }
    i = end;
  }
  const negatives = order.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
