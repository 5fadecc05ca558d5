/**
 * Tests that may be looked at every day. The p-value of an ordinary test that is read until it is
 * small comes out small sooner or later; these hold at all times at once: the mixture sequential
 * probability ratio test (Robbins 1970) of a difference of means, with a normal mixture, as Johari,
 * Koomen, Pekelis and Walsh ("Always valid inference", Operations Research 2022) have it, its
 * variance being estimated (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021).
 */
import { normalCdf, normalQuantile } from './distributions.ts';

/** Count, mean and sample variance of a figure in one arm. */
export interface Sample {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

export interface Difference {
  /** Mean of the second less mean of the first. */
  readonly difference: number;
  /** Its variance. */
  readonly variance: number;
}

export function differenceOf(first: Sample, second: Sample): Difference {
  return {
    difference: second.mean - first.mean,
    variance: first.variance / first.n + second.variance / second.n,
  };
}

/**
 * The likelihood ratio of "some difference" against "none" inverted: valid at whatever moment it is
 * read. @param tau standard deviation of the differences that are thought possible, in their unit
 */
export function alwaysValid({ difference, variance }: Difference, tau: number): number {
  const spread = variance + tau * tau;
  const logRatio =
    Math.log(variance / spread) / 2 + (tau * tau * difference ** 2) / (2 * variance * spread);
  return Math.min(1, Math.exp(-logRatio));
}

/** The interval that holds the true difference at all times at once, but for a share alpha of experiments. */
export function confidenceSequence(
  { difference, variance }: Difference,
  tau: number,
  alpha: number,
): [low: number, high: number] {
  const spread = variance + tau * tau;
  const width = Math.sqrt(
    ((variance * spread) / (tau * tau)) * (Math.log(spread / variance) - 2 * Math.log(alpha)),
  );
  return [difference - width, difference + width];
}

/** The chance that a two-sided z-test at the end finds a true difference of `effect`. */
export function power(effect: number, variance: number, alpha: number): number {
  const z = normalQuantile(1 - alpha / 2);
  const shift = Math.abs(effect) / Math.sqrt(variance);
  return normalCdf(shift - z) + normalCdf(-shift - z);
}

/** The smallest true difference that such a test finds with the given chance (Lehr's rule, exactly). */
export const detectable = (variance: number, alpha: number, chance: number): number =>
  (normalQuantile(1 - alpha / 2) + normalQuantile(chance)) * Math.sqrt(variance);
