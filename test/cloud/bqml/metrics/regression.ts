/** Metrics of regressions, by the formulas of HparamTuningObjective in the REST reference. */
import { median } from '../data/quantiles.ts';

export interface RegressionMetrics {
  readonly meanAbsoluteError: number;
  readonly meanSquaredError: number;
  /** AVG(POW(LN(1 + label) − LN(1 + predicted), 2)); NaN when one is below −1. */
  readonly meanSquaredLogError: number;
  readonly medianAbsoluteError: number;
  /** 1 − SUM(squared error) / (COUNT(label) · VAR_POP(label)). */
  readonly r2Score: number;
  /** 1 − VAR_POP(error) / VAR_POP(label). */
  readonly explainedVariance: number;
}

export function regressionMetrics(
  actual: Float64Array,
  predicted: Float64Array,
): RegressionMetrics {
  const errors = actual.map((label, row) => label - predicted[row]!);
  const squared = average(errors.map((error) => error ** 2));
  const logs = actual.map((y, row) => (Math.log1p(y) - Math.log1p(predicted[row]!)) ** 2);
  const spread = variance(actual);
  return {
    meanAbsoluteError: average(errors.map(Math.abs)),
    meanSquaredError: squared,
    meanSquaredLogError: average(logs),
    medianAbsoluteError: median(errors.map(Math.abs)),
    r2Score: 1 - squared / spread,
    explainedVariance: 1 - variance(errors) / spread,
  };
}

const average = (xs: Float64Array): number => xs.reduce((a, b) => a + b, 0) / xs.length;

function variance(xs: Float64Array): number {
  const mean = average(xs);
  return average(xs.map((x) => (x - mean) ** 2));
}
