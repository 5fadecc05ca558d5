/** What follows the trees or weights, in the same float64 steps whichever engine summed them. */
import { type Calibration, calibrator, sigmoid } from '../bridge/calibration.ts';
import type { Scores } from './scorer.ts';

/**
 * Writes the log-odds of default of rows.
 * @param signs of each tree group
 * @param margins row-major, one a group
 */
export function logOddsOf(
  signs: readonly number[],
  margins: Float32Array,
  out: Float64Array,
): void {
  const groups = signs.length;
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < groups; k++) sum += signs[k]! * margins[i * groups + k]!;
    out[i] = Math.fround(sum);
  }
}

/** @returns makes scores of log-odds, which it takes over */
export function createScoresOf(calibration: Calibration): (logOdds: Float64Array) => Scores {
  const calibrated = calibrator(calibration);
  return (probability) => {
    const pd = new Float64Array(probability.length);
    for (let i = 0; i < probability.length; i++) {
      const margin = probability[i]!;
      probability[i] = sigmoid(margin);
      pd[i] = calibrated(margin);
    }
    return { probability, pd };
  };
}
