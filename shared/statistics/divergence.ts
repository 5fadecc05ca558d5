/** How far two distributions over the same bins are apart. Shares are of one, bin by bin in the same order. */
import { chiSquareQuantile, chiSquareTail } from './distributions.ts';

/**
 * Population stability index: Σ (a − e) · ln(a / e) (Lewis 1994), also Jeffreys' divergence.
 * Infinite where one side has nothing in a bin that the other has: see `smoothed`.
 */
export const psi = (actual: readonly number[], expected: readonly number[]): number =>
  sumOf(actual, (a, i) => {
    const e = expected[i]!;
    return a === e ? 0 : (a - e) * Math.log(a / e);
  });

/**
 * Jensen–Shannon divergence in bits, from 0 to 1, as ML.VALIDATE_DATA_DRIFT has it (Lin 1991);
 * its square root is the distance that scipy gives for base 2.
 */
export const jensenShannon = (one: readonly number[], other: readonly number[]): number => {
  const part = (a: number, b: number) => (a > 0 ? (a / 2) * Math.log2((2 * a) / (a + b)) : 0);
  return Math.max(
    0,
    sumOf(one, (a, i) => part(a, other[i]!) + part(other[i]!, a)),
  );
};

/** The largest difference of a bin's shares: Chebyshev's distance, ML.VALIDATE_DATA_DRIFT's `L_INFTY`. */
export const lInfinity = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((most, a, i) => Math.max(most, Math.abs(a - other[i]!)), 0);

/** The largest difference of cumulated shares, for bins in order: Kolmogorov and Smirnov's D at their edges. */
export function binnedDistance(one: readonly number[], other: readonly number[]): number {
  let [gap, most] = [0, 0];
  one.forEach((a, i) => {
    gap += a - other[i]!;
    most = Math.max(most, Math.abs(gap));
  });
  return most;
}

/**
 * Shares of counts with half a case more in every bin (Jeffreys' prior), so that an empty bin is
 * improbable and not impossible. With many cases they are the plain shares.
 */
export function smoothed(counts: readonly number[]): number[] {
  const total = sumOf(counts, (count) => count) + counts.length / 2;
  return counts.map((count) => (count + 0.5) / total);
}

/**
 * What chance alone makes of the PSI of two samples from one distribution: (1/n + 1/m) · χ² with one
 * degree of freedom less than there are bins (Yurdakul and Naranjo 2020, "Statistical properties of
 * the population stability index", theorem 1). Lewis's 0.1 and 0.25 know nothing of n and m.
 * @returns the PSI that is exceeded with a probability of `alpha`
 */
export const psiByChance = (bins: number, n: number, m: number, alpha: number): number =>
  bins < 2 ? 0 : (1 / n + 1 / m) * chiSquareQuantile(alpha, bins - 1);

/** The probability of a PSI at least as large where nothing has changed, by the same theorem. */
export const psiSignificance = (figure: number, bins: number, n: number, m: number): number =>
  bins < 2 ? 1 : chiSquareTail(figure / (1 / n + 1 / m), bins - 1);

const sumOf = (figures: readonly number[], of: (figure: number, i: number) => number): number =>
  figures.reduce((sum, figure, i) => sum + of(figure, i), 0);
