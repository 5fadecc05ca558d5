/** Two shares side by side: of applicants approved in one group and in another. */
import { twoSided } from './distributions.ts';
import { logGamma } from './special.ts';

/** So many of so many. */
export interface Share {
  readonly count: number;
  readonly of: number;
}

export interface Comparison {
  /** The one share over the other; NaN where the other is 0. */
  readonly ratio: number;
  /** The probability of shares at least as far apart where there is no difference. */
  readonly p_value: number;
}

/** Below this many expected in a cell the normal distribution is no likeness (Cochran 1954). */
const FEWEST_EXPECTED = 5;

/**
 * The two-proportion z-test with the pooled variance, or Fisher's exact test where a cell of the
 * table expects fewer than five.
 */
export function compareShares(one: Share, other: Share): Comparison {
  const ratio = one.count / one.of / (other.count / other.of);
  const pooled = (one.count + other.count) / (one.of + other.of);
  const expected = [one.of, other.of].flatMap((of) => [of * pooled, of * (1 - pooled)]);
  if (Math.min(...expected) < FEWEST_EXPECTED) return { ratio, p_value: fisherExact(one, other) };
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / one.of + 1 / other.of));
  return { ratio, p_value: twoSided((one.count / one.of - other.count / other.of) / error) };
}

/**
 * The probability of all tables with the same margins that are at most as likely as the one found
 * (Fisher 1922, two-sided as R and scipy have it).
 */
export function fisherExact(one: Share, other: Share): number {
  const counted = one.count + other.count;
  const logChoose = (n: number, k: number) =>
    logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const all = logChoose(one.of + other.of, counted);
  const likelihood = (count: number) =>
    Math.exp(logChoose(one.of, count) + logChoose(other.of, counted - count) - all);
  const found = likelihood(one.count) * (1 + 1e-7);
  let sum = 0;
  for (let k = Math.max(0, counted - other.of); k <= Math.min(one.of, counted); k++) {
    const p = likelihood(k);
    if (p <= found) sum += p;
  }
  return Math.min(1, sum);
}
