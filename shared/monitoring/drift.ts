/** Whether applications still are like those that a version was made of. */
import type { Distribution } from '../bundle/baseline.ts';
import type { MonitoringLimits } from '../portfolio/monitoring.ts';
import {
  binnedDistance,
  jensenShannon,
  lInfinity,
  psi,
  psiByChance,
  psiSignificance,
  smoothed,
} from '../statistics/divergence.ts';
import { distanceSignificance } from '../statistics/kolmogorov_smirnov.ts';
import { compareShares, type Share } from '../statistics/proportions.ts';
import type { Finding } from './finding.ts';

/** Cases by the bins or categories of a baseline. */
export interface Tally {
  readonly missing: number;
  readonly counts: readonly number[];
  /** Numbers beyond all of training, or texts that are none of its categories. */
  readonly unseen: number;
}

/** What findings of one subject have in common. */
export type About = Pick<
  Finding,
  'subject' | 'segment' | 'arm' | 'model_version' | 'from' | 'until'
>;

/** BigQuery's own limit of L∞ and Jensen–Shannon (ML.VALIDATE_DATA_DRIFT). */
const BIGQUERY_LIMIT = { beyond: 'above', warning: 0.3 } as const;

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

export const sizeOf = ({ missing, counts, unseen }: Tally): number =>
  missing + sum(counts) + unseen;

/**
 * The baseline's own rows, as a tally. Of as many further rows two are expected beyond the lowest and
 * the highest number of these (Gumbel and von Schelling 1950), so these two stand for what is unseen.
 */
export function tallyOf(baseline: Distribution): Tally {
  const { missing, counts } = baseline;
  if (baseline.kind === 'text') return { missing, counts, unseen: baseline.unseen };
  if (sum(counts) < 2) return { missing, counts, unseen: 0 };
  const inside = [...counts];
  inside[0]!--;
  inside[inside.length - 1]!--;
  return { missing, counts: inside, unseen: 2 };
}

/** Cases, and those that they are held against, by the same bins. */
export interface Comparison {
  readonly about: About;
  readonly kind: Distribution['kind'];
  readonly expected: Tally;
  readonly found: Tally;
  readonly limits: MonitoringLimits;
  /** With fewer cases on either side nothing is measured. */
  readonly fewest: number;
}

export function driftOf({ about, kind, expected, found, limits, fewest }: Comparison): Finding[] {
  const base = { kind: 'drift', ...about, n: sizeOf(found) } as const;
  if (Math.min(base.n, sizeOf(expected)) < fewest) {
    const why = `${base.n} cases against ${sizeOf(expected)}: ${fewest} of each are needed.`;
    return [{ ...base, metric: 'psi', figure: null, why }];
  }
  return [
    ...divergencesOf(base, expected, found, limits),
    ...(kind === 'number' ? distanceOf(base, expected, found, limits) : []),
    shareOf(base, 'missing_rate', 'missing', expected, found, limits.missing_rate_change),
    shareOf(base, 'unseen_rate', 'unseen', expected, found, limits.unseen_rate_change),
  ];
}

type Base = About & { readonly kind: 'drift'; readonly n: number };

/** PSI, Jensen–Shannon and L∞ over all cells that either side has cases in. */
function divergencesOf(
  base: Base,
  expected: Tally,
  tally: Tally,
  limits: MonitoringLimits,
): Finding[] {
  const cellsOf = ({ missing, counts, unseen }: Tally) => [missing, ...counts, unseen];
  const [all, found] = [cellsOf(expected), cellsOf(tally)];
  const places = [...all.keys()].filter((i) => all[i]! + found[i]! > 0);
  const shares = [found, all].map((cells) => smoothed(places.map((i) => cells[i]!)));
  const [a, e] = shares as [number[], number[]];
  const [bins, m] = [places.length, sizeOf(expected)];
  const figure = psi(a, e);
  const p_value = psiSignificance(figure, bins, base.n, m);
  return [
    {
      ...base,
      metric: 'psi',
      figure,
      limit: { beyond: 'above', warning: limits.psi_warning, critical: limits.psi_critical },
      p_value,
      byChance: (alpha) => psiByChance(bins, base.n, m, alpha),
    },
    // Where little has changed both say what PSI says, and are as probable: by an eighth, by the largest step.
    {
      ...base,
      metric: 'jensen_shannon',
      figure: jensenShannon(a, e),
      limit: BIGQUERY_LIMIT,
      p_value,
    },
    { ...base, metric: 'l_infinity', figure: lInfinity(a, e), limit: BIGQUERY_LIMIT, p_value },
  ];
}

/** Kolmogorov and Smirnov's test of the numbers that are known, at the edges of the bins. */
function distanceOf(
  base: Base,
  expected: Tally,
  tally: Tally,
  { ks }: MonitoringLimits,
): Finding[] {
  const [n, m] = [sum(tally.counts), sum(expected.counts)];
  if (n === 0 || m === 0) return [];
  const figure = binnedDistance(
    tally.counts.map((count) => count / n),
    expected.counts.map((count) => count / m),
  );
  const p_value = distanceSignificance(figure, n, m);
  return [{ ...base, n, metric: 'ks', figure, limit: { beyond: 'above', warning: ks }, p_value }];
}

/** How many percentage points more, or fewer, are missing or were never seen. */
function shareOf(
  base: Base,
  metric: string,
  cell: 'missing' | 'unseen',
  expected: Tally,
  tally: Tally,
  warning: number,
): Finding {
  const found: Share = { count: tally[cell], of: base.n };
  const before: Share = { count: expected[cell], of: sizeOf(expected) };
  const figure = found.count / found.of;
  const reference = before.count / before.of;
  return {
    ...base,
    metric,
    figure: Math.abs(figure - reference),
    reference,
    limit: { beyond: 'above', warning },
    p_value: compareShares(found, before).p_value,
  };
}
