/** Whether probabilities come true: the line that would have made them so. */
import type { Interval } from './bootstrap.ts';
import { fitLine, informationOf } from './logistic.ts';

/** Perfect probabilities have a slope of 1 and an intercept of 0. */
export interface CalibrationLine {
  /** Below 1: the probabilities are too extreme, as of a model that learnt its sample by heart. */
  readonly slope: number;
  readonly slope_interval: Interval;
  readonly intercept: number;
  readonly intercept_interval: Interval;
}

/** The 97.5% point of the normal distribution. */
const Z = 1.959963984540054;

/** Nearer to 0 or 1 log-odds say more of rounding than of risk. */
const EXTREME = 1e-9;

/**
 * The logistic regression of outcomes on the log-odds of their probabilities (Cox 1958, "Two further
 * applications of a model for binary regression"), with Wald's 95% intervals.
 * @param bad 1 for a bad, 0 for a good
 * @returns undefined where no line can be told: one class alone, one probability for all, or classes
 *   that the probabilities separate without an error
 */
export function calibrationLine(
  probabilities: ArrayLike<number>,
  bad: ArrayLike<number>,
): CalibrationLine | undefined {
  const outcomes = Array.from({ length: probabilities.length }, (_, i) => {
    const p = Math.min(1 - EXTREME, Math.max(EXTREME, probabilities[i]!));
    return { margin: Math.log(p / (1 - p)), weight: 1, bad: bad[i]! };
  });
  if (areApart(outcomes)) return undefined;
  const { slope, intercept } = fitLine(outcomes);
  const { ss, si, ii } = informationOf(outcomes, { slope, intercept });
  const determinant = ss * ii - si * si;
  if (!(determinant > 1e-9 * ss * ii)) return undefined;
  const around = (figure: number, variance: number): Interval => [
    figure - Z * Math.sqrt(variance),
    figure + Z * Math.sqrt(variance),
  ];
  return {
    slope,
    slope_interval: around(slope, ii / determinant),
    intercept,
    intercept_interval: around(intercept, ss / determinant),
  };
}

/** Whether one class lies wholly beyond the other: then likelihood has no maximum. */
function areApart(outcomes: readonly { readonly margin: number; readonly bad: number }[]): boolean {
  const span = (which: number) => {
    let [low, high] = [Infinity, -Infinity];
    for (const { margin, bad } of outcomes) {
      if (bad !== which) continue;
      low = Math.min(low, margin);
      high = Math.max(high, margin);
    }
    return { low, high };
  };
  const [goods, bads] = [span(0), span(1)];
  return !(bads.low < goods.high && goods.low < bads.high);
}
