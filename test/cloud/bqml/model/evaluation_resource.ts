/** EvaluationMetrics of the models resource. int64 values are strings there. */
import type { ClassificationMetrics } from '../metrics/classification.ts';
import { countsAt, percentileThresholds, type RankedScores } from '../metrics/ranking.ts';
import type { Evaluation } from './model.ts';

type Json = Record<string, unknown>;

/** JSON has no NaN or infinity; Google's APIs write them as text. */
export const jsonNumber = (x: number): number | string => (Number.isFinite(x) ? x : String(x));

/** @param classes of a classifier, the positive one first */
export function evaluationMetrics(
  evaluation: Evaluation,
  classes: readonly string[] | undefined,
): Json {
  if (evaluation.kind === 'regression') {
    const { metrics } = evaluation;
    return {
      regressionMetrics: {
        meanAbsoluteError: jsonNumber(metrics.meanAbsoluteError),
        meanSquaredError: jsonNumber(metrics.meanSquaredError),
        meanSquaredLogError: jsonNumber(metrics.meanSquaredLogError),
        medianAbsoluteError: jsonNumber(metrics.medianAbsoluteError),
        rSquared: jsonNumber(metrics.r2Score),
      },
    };
  }
  const { metrics, ranked, confusion } = evaluation;
  if (ranked) {
    return {
      binaryClassificationMetrics: {
        aggregateClassificationMetrics: { ...aggregate(metrics), threshold: 0.5 },
        binaryConfusionMatrixList: binaryMatrices(ranked),
        positiveLabel: classes![0],
        negativeLabel: classes![1],
      },
    };
  }
  const rows = confusion.map((counts, actual) => ({
    actualLabel: classes![actual],
    entries: counts.map((count, k) => ({ predictedLabel: classes![k], itemCount: `${count}` })),
  }));
  return {
    multiClassClassificationMetrics: {
      aggregateClassificationMetrics: aggregate(metrics),
      confusionMatrixList: [{ confidenceThreshold: 0, rows: rows.toReversed() }],
    },
  };
}

const aggregate = (metrics: ClassificationMetrics): Json =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, jsonNumber(value)]));

function binaryMatrices(ranked: RankedScores): Json[] {
  return percentileThresholds(ranked).map((threshold) => {
    const counts = countsAt(ranked, threshold);
    const { truePositives, falsePositives, trueNegatives, falseNegatives } = counts;
    const right = truePositives + trueNegatives;
    return {
      positiveClassThreshold: threshold,
      truePositives: `${truePositives}`,
      falsePositives: `${falsePositives}`,
      trueNegatives: `${trueNegatives}`,
      falseNegatives: `${falseNegatives}`,
      precision: jsonNumber(truePositives / (truePositives + falsePositives)),
      recall: jsonNumber(truePositives / (truePositives + falseNegatives)),
      f1Score: jsonNumber(
        (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
      ),
      accuracy: jsonNumber(right / (right + falsePositives + falseNegatives)),
    };
  });
}
