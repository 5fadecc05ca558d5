/** Metrics of classifiers. Class 0 of two is the positive one. */
import { type RankedScores, rank, rocAuc } from './ranking.ts';

export interface ClassificationMetrics {
  readonly precision: number;
  readonly recall: number;
  readonly accuracy: number;
  readonly f1Score: number;
  readonly logLoss: number;
  readonly rocAuc: number;
}

/** Rows of a table with labels, scored. */
export interface ScoredRows {
  /** Class index of each row's label. */
  readonly actual: Int32Array;
  /** Row-major, one probability a class. */
  readonly probabilities: Float64Array;
  readonly classCount: number;
}

/** Counts by [actual][predicted]. */
export type ConfusionMatrix = readonly (readonly number[])[];

/**
 * The class of each row: the most probable one, the first of equals; of two classes the positive
 * one where its probability is at or above the threshold.
 */
export function predictedClasses(
  probabilities: Float64Array,
  classCount: number,
  threshold = 0.5,
): Int32Array {
  const rows = probabilities.length / classCount;
  const predicted = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * classCount;
    if (classCount === 2) {
      predicted[row] = probabilities[start]! >= threshold ? 0 : 1;
      continue;
    }
    let best = 0;
    for (let k = 1; k < classCount; k++) {
      if (probabilities[start + k]! > probabilities[start + best]!) best = k;
    }
    predicted[row] = best;
  }
  return predicted;
}

export function confusionMatrix(
  actual: Int32Array,
  predicted: Int32Array,
  classCount: number,
): number[][] {
  const matrix = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (let row = 0; row < actual.length; row++) matrix[actual[row]!]![predicted[row]!]!++;
  return matrix;
}

/** Scores of class k against all others. */
export function scoresOf(
  { actual, probabilities, classCount }: ScoredRows,
  k: number,
): RankedScores {
  const scores = Float64Array.from(actual, (_, row) => probabilities[row * classCount + k]!);
  return rank(scores, (row) => actual[row] === k);
}

/**
 * The metrics of ML.EVALUATE ("AggregateClassificationMetrics" of the models resource).
 *
 * Two classes: of the positive class at the threshold; precision is NaN where nothing was called
 * positive ("A NaN value for precision means that the selected threshold produced no positive
 * labels"). More classes: precision, recall, F1, log loss and AUC are unweighted means over the
 * classes, what is undefined for a class counting 0 for precision, recall and F1, and being left
 * out for log loss and AUC; accuracy is that of all rows.
 */
export function classificationMetrics(scored: ScoredRows, threshold = 0.5): ClassificationMetrics {
  const { actual, probabilities, classCount } = scored;
  const predicted = predictedClasses(probabilities, classCount, threshold);
  const matrix = confusionMatrix(actual, predicted, classCount);
  const byClass = matrix.map((_, k) => classMetrics(matrix, k));
  const right = matrix.reduce((sum, row, k) => sum + row[k]!, 0);
  const accuracy = right / actual.length;
  if (classCount === 2) {
    const logLoss = meanLogLoss(scored, () => true);
    const { precision, recall, f1Score } = byClass[0]!;
    const auc = rocAuc(scoresOf(scored, 0));
    return { precision, recall, accuracy, f1Score, logLoss, rocAuc: auc };
  }
  const classes = matrix.map((_, k) => k);
  const occurring = byClass.filter((metrics) => metrics.occurs);
  return {
    precision: mean(occurring.map((metrics) => orZero(metrics.precision))),
    recall: mean(occurring.map((metrics) => orZero(metrics.recall))),
    accuracy,
    f1Score: mean(occurring.map((metrics) => orZero(metrics.f1Score))),
    logLoss: mean(classes.map((k) => meanLogLoss(scored, (c) => c === k)).filter(isNumber)),
    rocAuc: mean(classes.map((k) => rocAuc(scoresOf(scored, k))).filter(isNumber)),
  };
}

const isNumber = (x: number): boolean => !Number.isNaN(x);
const orZero = (x: number): number => (Number.isNaN(x) ? 0 : x);
const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

/** Precision, recall and F1 of class k; NaN where they are not defined. */
function classMetrics(matrix: ConfusionMatrix, k: number) {
  const truePositives = matrix[k]![k]!;
  const positives = matrix[k]!.reduce((a, b) => a + b, 0);
  const called = matrix.reduce((sum, row) => sum + row[k]!, 0);
  return {
    precision: truePositives / called,
    recall: truePositives / positives,
    f1Score: (2 * truePositives) / (called + positives),
    occurs: called + positives > 0,
  };
}

/** Probabilities are kept off 0 by this much, so that one sure mistake does not make it infinite. */
const CLIP = 1e-15;

/** The mean of −ln p(label) over the rows of some classes; NaN without any. */
function meanLogLoss(
  { actual, probabilities, classCount }: ScoredRows,
  counts: (k: number) => boolean,
): number {
  let sum = 0;
  let rows = 0;
  for (let row = 0; row < actual.length; row++) {
    const k = actual[row]!;
    if (!counts(k)) continue;
    sum -= Math.log(Math.min(Math.max(probabilities[row * classCount + k]!, CLIP), 1));
    rows++;
  }
  return sum / rows;
}
