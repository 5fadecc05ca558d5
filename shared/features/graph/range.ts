import { Refusal } from '../errors.ts';
import { MAX_EXACT, type Range, type Type } from '../types.ts';

export const EMPTY: Range = { low: Infinity, high: -Infinity };

/** Every finite FLOAT64. */
export const FINITE: Range = { low: -Number.MAX_VALUE, high: Number.MAX_VALUE };

export const isEmpty = (range: Range): boolean => range.low > range.high;

export const hull = (a: Range, b: Range): Range => ({
  low: Math.min(a.low, b.low),
  high: Math.max(a.high, b.high),
});

/** The image of a function that never falls. */
export const rising = (f: (x: number) => number, { low, high }: Range): Range => ({
  low: f(low),
  high: f(high),
});

/** The image of a function that is monotone in each argument: its extremes are at the corners. */
export function corners(f: (x: number, y: number) => number, a: Range, b: Range): Range {
  const values = [f(a.low, b.low), f(a.low, b.high), f(a.high, b.low), f(a.high, b.high)];
  return { low: Math.min(...values), high: Math.max(...values) };
}

/**
 * Widened by a few units in the last place: the bounds of a function that is not correctly rounded
 * come from the same inexact code as its values. Where such a function is 0 it is exactly so; a
 * bound that overflows gives way to all of FLOAT64.
 */
export function outward({ low, high }: Range): Range {
  const slack = (x: number) => Math.abs(x) * 2 ** -50;
  return {
    low: Number.isFinite(low) ? Math.max(low - slack(low), FINITE.low) : FINITE.low,
    high: Number.isFinite(high) ? Math.min(high + slack(high), FINITE.high) : FINITE.high,
  };
}

/** `[0, 12.5]`, as messages show it. */
export const shown = ({ low, high }: Range): string => `[${low}, ${high}]`;

/**
 * The range itself, once it is proven that every value in it is exact (INT64) or finite (FLOAT64).
 *
 * @param sql the operator or function that gives these values
 * @param of the ranges of its arguments
 * @param safe what to write where overflow should give NULL
 * @throws {Refusal} naming the ranges
 */
export function proven(
  type: Type,
  range: Range,
  { sql, of, safe }: { sql: string; of: readonly Range[]; safe?: string },
): Range {
  const from = of.map(shown).join(' and ');
  if (type === 'INT64' && !(range.low >= -MAX_EXACT && range.high <= MAX_EXACT)) {
    throw new Refusal(
      `${sql} of ${from} can reach ${shown(range)}, beyond the integers that are exact (±${MAX_EXACT})`,
      'Add minimum and maximum to its inputs in the contract, bound them with LEAST and GREATEST, or CAST an argument to FLOAT64.',
    );
  }
  if (type === 'FLOAT64' && !(Number.isFinite(range.low) && Number.isFinite(range.high))) {
    throw new Refusal(
      `${sql} of ${from} can overflow FLOAT64`,
      `Add minimum and maximum to its inputs in the contract, ${safe ? '' : 'or '}bound them with LEAST and GREATEST${safe ? `, or write ${safe}` : ''}.`,
    );
  }
  return range;
}
