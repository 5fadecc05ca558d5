/** Whether two samples come from one distribution: Kolmogorov and Smirnov's test. */
import { kolmogorovTail } from './distributions.ts';

/** Largest difference of the empirical distribution functions. */
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

/** More pairs than this are judged by the limiting distribution, which is then near. */
const MOST_PAIRS = 250_000;

/**
 * P(D ≥ distance) of samples of n and m from one continuous distribution: exact for small samples
 * (Hodges 1958: of all orders, those that stay within the distance), else Kolmogorov's limit.
 * Ties, and bins, make the true probability smaller.
 */
export function distanceSignificance(distance: number, n: number, m: number): number {
  if (n * m > MOST_PAIRS) return kolmogorovTail(Math.sqrt((n * m) / (n + m)) * distance);
  return 1 - within(distance, n, m);
}

/** The share of all orders of n and m whose D is smaller, as probabilities of lattice paths. */
function within(distance: number, n: number, m: number): number {
  // D is a multiple of 1 / (n m): half of one keeps equality on the right side of rounding.
  const isInside = (i: number, j: number) => Math.abs(i / n - j / m) < distance - 0.5 / (n * m);
  const column = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      if (i === 0 && j === 0) column[0] = 1;
      else if (!isInside(i, j)) column[j] = 0;
      else {
        // The last of i + j is one of the first sample with a probability of i / (i + j).
        const before = j === 0 ? 0 : column[j - 1]! * j;
        column[j] = (column[j]! * i + before) / (i + j);
      }
    }
  }
  return column[m]!;
}

/**
 * The distance that two samples of `size` from one distribution, whichever it is, exceed with a
 * probability of at most `alpha`: P(√(n/2)·D > t) ≤ e·exp(−2t²) (Wei and Dudley 2012, theorem 1).
 */
export const noiseOf = (size: number, alpha: number): number =>
  Math.sqrt((1 - Math.log(alpha)) / size);
