/** What was decided: the figures that a business is run by. */
import type { MonitoringLimits } from '../portfolio/monitoring.ts';
import { psi, psiByChance, psiSignificance, smoothed } from '../statistics/divergence.ts';
import { compareShares } from '../statistics/proportions.ts';
import { wilson } from '../statistics/wilson.ts';
import type { Finding } from './finding.ts';

const OUTCOMES = ['approve', 'review', 'decline', 'counter_offer'] as const;

/** Counts and sums of some decisions; a row of sql/monitor/kpis.sql. */
export interface Decisions extends Readonly<Record<(typeof OUTCOMES)[number], number>> {
  readonly arm: string | null;
  readonly model_version: string | null;
  readonly currency: string | null;
  readonly decisions: number;
  /** Decided without a model. */
  readonly fallback: number;
  /** Of those left to a person: with that person's verdict, and approved by it. */
  readonly reviewed: number;
  readonly review_approved: number;
  /** Overrides: approved by a person though not by the service as asked; declined by one though not by it. */
  readonly low_side: number;
  readonly high_side: number;
  /** Of the approved, in `currency`; null where none was. */
  readonly expected_loss: number | null;
  readonly expected_profit: number | null;
}

type About = Pick<Finding, 'subject' | 'from' | 'until'>;

/**
 * Of one day, arm and currency; for information.
 * @param isReviewed whether what people decide is known at all
 */
export function kpisOf(about: About, row: Decisions, isReviewed: boolean): Finding[] {
  const { arm, model_version, currency, decisions } = row;
  const of = {
    ...about,
    kind: 'kpi',
    n: decisions,
    ...(arm === null ? {} : { arm }),
    ...(model_version === null ? {} : { model_version }),
    ...(currency === null ? {} : { segment: `currency=${currency}` }),
  } as const;
  const rate = (metric: string, count: number): Finding => rateOf(of, metric, count, decisions);
  return [
    { ...of, metric: 'applications', figure: decisions },
    rate('approval_rate', row.approve),
    rate('review_rate', row.review),
    rate('decline_rate', row.decline),
    rate('counter_offer_rate', row.counter_offer),
    rate('fallback_rate', row.fallback),
    { ...of, metric: 'expected_loss_of_approved', figure: row.expected_loss ?? 0 },
    { ...of, metric: 'expected_profit_of_approved', figure: row.expected_profit ?? 0 },
    ...(isReviewed ? overridesOf(of, row) : []),
  ];
}

type Of = Omit<Finding, 'metric' | 'figure' | 'n'>;

const rateOf = (of: Of, metric: string, count: number, n: number): Finding => ({
  ...of,
  metric,
  n,
  ...(n > 0
    ? { figure: count / n, interval: wilson(count, n) }
    : { figure: null, why: 'There were none.' }),
});

/**
 * What people made of decisions. A low-side override approves what the service did not approve as asked, a
 * high-side override declines what it would have lent (Siddiqi 2017, chapter 13); each is a share of
 * those that it was possible for. A verdict on a review overrides nothing.
 */
function overridesOf(of: Of, row: Decisions): Finding[] {
  const { approve, review, decline, counter_offer } = row;
  return [
    rateOf(of, 'reviewed_share', row.reviewed, review),
    rateOf(of, 'review_approval_rate', row.review_approved, row.reviewed),
    rateOf(of, 'low_side_override_rate', row.low_side, decline + counter_offer),
    rateOf(of, 'high_side_override_rate', row.high_side, approve + counter_offer),
  ];
}

/**
 * The mix of outcomes, and rates of approvals, reviews and overrides, against those of the weeks before.
 * @param unreviewed why it is not known what people decide, where it is not
 */
export function outcomeDrift(
  about: About,
  rows: readonly Decisions[],
  before: readonly Decisions[],
  limits: MonitoringLimits,
  fewest: number,
  unreviewed?: string,
): Finding[] {
  const [now, then] = [rows, before].map(totalOf) as [Totals, Totals];
  const base = { ...about, n: now.decisions };
  if (Math.min(now.decisions, then.decisions) < fewest) {
    const why = `${now.decisions} decisions, ${then.decisions} before: ${fewest} of each are needed.`;
    return [
      { ...base, kind: 'drift', metric: 'psi', figure: null, why },
      { ...base, kind: 'kpi', metric: 'override_rate', figure: null, why: unreviewed ?? why },
    ];
  }
  const rateChange = (counted: Counted, metric: string): Finding => {
    const [a, b] = [now, then].map((one) => ({ count: one[counted], of: one.decisions }));
    const reference = b!.count / b!.of;
    return {
      ...base,
      kind: 'kpi',
      metric,
      figure: Math.abs(a!.count / a!.of - reference),
      reference,
      limit: { beyond: 'above', warning: limits.rate_change },
      p_value: compareShares(a!, b!).p_value,
    };
  };
  return [
    mixOf(base, now, then, limits),
    rateChange('approve', 'approval_rate_change'),
    rateChange('review', 'review_rate_change'),
    ...(unreviewed === undefined
      ? [
          rateOf({ ...base, kind: 'kpi' }, 'override_rate', now.overridden, now.decisions),
          rateChange('overridden', 'override_rate_change'),
        ]
      : [
          { ...base, kind: 'kpi', metric: 'override_rate', figure: null, why: unreviewed } as const,
        ]),
  ];
}

type Counted = (typeof OUTCOMES)[number] | 'decisions' | 'overridden';

type Totals = Readonly<Record<Counted, number>>;

const totalOf = (rows: readonly Decisions[]): Totals => {
  const of = (name: Exclude<Counted, 'overridden'> | 'low_side' | 'high_side') =>
    rows.reduce((sum, row) => sum + row[name], 0);
  return {
    decisions: of('decisions'),
    approve: of('approve'),
    review: of('review'),
    decline: of('decline'),
    counter_offer: of('counter_offer'),
    overridden: of('low_side') + of('high_side'),
  };
};

function mixOf(
  base: About & { readonly n: number },
  now: Totals,
  then: Totals,
  limits: MonitoringLimits,
): Finding {
  const seen = OUTCOMES.filter((outcome) => now[outcome] + then[outcome] > 0);
  const [a, e] = [now, then].map((one) => smoothed(seen.map((outcome) => one[outcome])));
  const figure = psi(a!, e!);
  return {
    ...base,
    kind: 'drift',
    metric: 'psi',
    figure,
    limit: { beyond: 'above', warning: limits.psi_warning, critical: limits.psi_critical },
    p_value: psiSignificance(figure, seen.length, now.decisions, then.decisions),
    byChance: (alpha) => psiByChance(seen.length, now.decisions, then.decisions, alpha),
  };
}
