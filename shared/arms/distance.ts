/** How far two samples of the same size are apart, and how far chance alone would put them. */

/** Largest difference of the empirical distribution functions (Kolmogorov, Smirnov). */
export function distanceOf(one: readonly number[], other: readonly number[]): number {
  const a = Float64Array.from(one).sort();
  const b = Float64Array.from(other).sort();
  let [i, j, most] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const next = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= next) i++;
    while (j < b.length && b[j]! <= next) j++;
    most = Math.max(most, Math.abs(i / a.length - j / b.length));
  }
  return most;
}

/**
 * The distance that two samples of `size` from one distribution, whichever it is, exceed with a
 * probability of at most `alpha`: P(√(n/2)·D > t) ≤ e·exp(−2t²) (Wei and Dudley 2012, theorem 1).
 */
export const noiseOf = (size: number, alpha: number): number =>
  Math.sqrt((1 - Math.log(alpha)) / size);
