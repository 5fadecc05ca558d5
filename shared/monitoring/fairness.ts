/** Whether decisions fall on protected groups alike. What can't be measured is not passed. */
import type { MonitoringLimits } from '../portfolio/monitoring.ts';
import { twoSided } from '../statistics/distributions.ts';
import { compareShares } from '../statistics/proportions.ts';
import { wilson } from '../statistics/wilson.ts';
import type { Finding } from './finding.ts';

/** Decisions on the members of one group; a row of sql/monitor/fairness.sql. */
export interface Group {
  readonly group: string;
  readonly decisions: number;
  readonly approved: number;
  /** Of those that a model decided. */
  readonly scored: number;
  readonly mean_pd: number | null;
  readonly variance_pd: number | null;
}

/** From where a ratio of approval rates (29 CFR 1607.4(D): a screen) and a difference of PDs matter. */
export interface FairnessLimits extends Pick<MonitoringLimits, 'score_difference'> {
  readonly adverse_impact_ratio_at_least: number;
}

type Base = Pick<Finding, 'subject' | 'from' | 'until'>;

/**
 * Every group of an attribute against the one that is approved most: adverse impact ratio with the
 * two-proportion test, and the difference of mean PDs in standard deviations (Cohen's d) with Welch's.
 */
export function fairnessOf(
  base: Base,
  groups: readonly Group[],
  limits: FairnessLimits,
  fewest: number,
): Finding[] {
  const kind = 'fairness' as const;
  const large = groups.filter(({ decisions }) => decisions >= fewest);
  const best = large.toSorted((a, b) => b.approved / b.decisions - a.approved / a.decisions)[0];
  if (!best || large.length < 2) {
    const n = groups.reduce((sum, { decisions }) => sum + decisions, 0);
    const why = `${large.length} groups have ${fewest} decisions: two are needed.`;
    return [{ ...base, kind, metric: 'approval_ratio', figure: null, n, why }];
  }
  return groups.flatMap((one) => {
    const of = { ...base, kind, segment: `${base.subject}=${one.group}`, n: one.decisions };
    const rate = one.approved / one.decisions;
    const own: Finding = {
      ...of,
      metric: 'approval_rate',
      figure: rate,
      interval: wilson(one.approved, one.decisions),
    };
    if (one === best) return [own];
    if (one.decisions < fewest) {
      const why = `${one.decisions} decisions: ${fewest} are needed.`;
      return [own, { ...of, metric: 'approval_ratio', figure: null, why }];
    }
    return [own, ratioOf(of, one, best, limits), ...differenceOf(of, one, best, limits)];
  });
}

type Of = Omit<Finding, 'metric' | 'figure'>;

function ratioOf(
  of: Of,
  one: Group,
  best: Group,
  { adverse_impact_ratio_at_least }: FairnessLimits,
): Finding {
  const share = ({ approved, decisions }: Group) => ({ count: approved, of: decisions });
  const { ratio, p_value } = compareShares(share(one), share(best));
  const limit = { beyond: 'below', warning: adverse_impact_ratio_at_least } as const;
  const reference = best.approved / best.decisions;
  // Where nobody is approved there is nothing to be left out of.
  if (best.approved === 0) {
    return { ...of, metric: 'approval_ratio', figure: null, why: 'No group has an approval.' };
  }
  return { ...of, metric: 'approval_ratio', figure: ratio, reference, limit, p_value };
}

function differenceOf(of: Of, one: Group, best: Group, limits: FairnessLimits): Finding[] {
  const figures = [one, best].map(({ scored, mean_pd, variance_pd }) => ({
    n: scored,
    mean: mean_pd,
    variance: variance_pd,
  }));
  const [a, b] = figures as [(typeof figures)[number], (typeof figures)[number]];
  if (a.mean === null || b.mean === null || !a.variance || !b.variance) {
    const why = 'PDs of a group are not known, or all the same.';
    return [{ ...of, metric: 'score_difference', figure: null, why }];
  }
  const pooled = ((a.n - 1) * a.variance + (b.n - 1) * b.variance) / (a.n + b.n - 2);
  const z = (a.mean - b.mean) / Math.sqrt(a.variance / a.n + b.variance / b.n);
  return [
    {
      ...of,
      n: a.n,
      metric: 'score_difference',
      figure: (a.mean - b.mean) / Math.sqrt(pooled),
      reference: b.mean,
      limit: { beyond: 'above', warning: limits.score_difference },
      p_value: twoSided(z),
    },
  ];
}
