/** Whether an experiment's arms have as many as were assigned: where not, no figure of it can be trusted. */
import { twoSided } from './distributions.ts';

export interface SampleRatio {
  readonly expected: number;
  readonly z: number;
  readonly p_value: number;
}

/**
 * Those observed in one arm against what everybody's own chance of it gives: a sum of independent
 * draws, so shares may change on the way (Fabijan et al. 2019, "Diagnosing sample ratio mismatch").
 * @param expected Σ share over all @param variance Σ share · (1 − share)
 * @throws {RangeError} where nobody had a choice of arms
 */
export function sampleRatio(observed: number, expected: number, variance: number): SampleRatio {
  if (!(variance > 0)) throw new RangeError('Nobody could have come into either arm.');
  const z = (observed - expected) / Math.sqrt(variance);
  return { expected, z, p_value: twoSided(z) };
}
