import { type RandomBits, uniform } from '../random.ts';

/** Clears the pairs (gradient, hessian) of rows that a tree shall not see: XGBoost's subsample. */
export function sampleRows(pairs: Float32Array, subsample: number, random: RandomBits): void {
  for (let i = 0; i < pairs.length; i += 2) {
    if (uniform(random) >= subsample) {
      pairs[i] = 0;
      pairs[i + 1] = 0;
    }
  }
}
