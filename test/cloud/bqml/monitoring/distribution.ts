/** How a feature is distributed, and how far two distributions are apart. */
import { jensenShannon, lInfinity } from '../../../../shared/statistics/divergence.ts';
import { type ColumnValues, ranked } from './column_values.ts';
import { alignedShares, type Histogram, histogramOf } from './histogram.ts';

export type Distribution =
  | { readonly kind: 'numerical'; readonly histogram: Histogram }
  /** Counts by category, the most frequent first. */
  | { readonly kind: 'categorical'; readonly counts: readonly (readonly [string, number])[] };

export type Metric = 'L_INFTY' | 'JENSEN_SHANNON_DIVERGENCE';

/** How finely distributions are kept; the defaults of ML.VALIDATE_DATA_DRIFT. */
export interface Resolution {
  /** Buckets of equal width, of numbers. */
  readonly buckets: number;
  /** Most frequent categories; the others are left out. */
  readonly ranks: number;
}

export const DEFAULT_RESOLUTION: Resolution = { buckets: 10, ranks: 50 };

export const distributionOf = (
  { values }: Pick<ColumnValues, 'values'>,
  { buckets, ranks }: Resolution,
): Distribution =>
  values instanceof Float64Array
    ? { kind: 'numerical', histogram: histogramOf(values, buckets) }
    : { kind: 'categorical', counts: ranked(values).slice(0, ranks) };

/**
 * The distance by a metric. Undefined where there is none: "If you specify
 * JENSEN_SHANNON_DIVERGENCE" and the types differ or one side is empty, "the feature isn't
 * included"; L_INFTY "outputs the computed feature distance", of numbers as of no categories.
 */
export function distance(
  base: Distribution,
  study: Distribution,
  metric: Metric,
): number | undefined {
  if (metric === 'L_INFTY') return lInfinity(...categoryShares(base, study));
  if (base.kind !== study.kind) return undefined;
  if (base.kind === 'numerical' && study.kind === 'numerical') {
    const sides = alignedShares(base.histogram, study.histogram);
    return sides && Math.min(1, jensenShannon(...sides));
  }
  const [p, q] = categoryShares(base, study);
  const isEmpty = [p, q].some((shares) => !shares.some((share) => share > 0));
  return isEmpty ? undefined : Math.min(1, jensenShannon(p, q));
}

function categoryShares(base: Distribution, study: Distribution): [number[], number[]] {
  const [p, q] = [sharesOf(base), sharesOf(study)];
  const names = [...new Set([...p.keys(), ...q.keys()])];
  return [names.map((name) => p.get(name) ?? 0), names.map((name) => q.get(name) ?? 0)];
}

function sharesOf(distribution: Distribution): Map<string, number> {
  if (distribution.kind === 'numerical') return new Map();
  const total = distribution.counts.reduce((sum, [, count]) => sum + count, 0);
  return new Map(distribution.counts.map(([name, count]) => [name, count / total]));
}
