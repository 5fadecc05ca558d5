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
  /** Of the approved, in `currency`; null where none was. */
  readonly expected_loss: number | null;
  readonly expected_profit: number | null;
}

type About = Pick<Finding, 'subject' | 'from' | 'until'>;

/** Of one day, arm and currency; for information. Whether a person overrode a decision is not recorded. */
export function kpisOf(about: About, row: Decisions): Finding[] {
  const { arm, model_version, currency, decisions } = row;
  const of = {
    ...about,
    kind: 'kpi',
    n: decisions,
    ...(arm === null ? {} : { arm }),
    ...(model_version === null ? {} : { model_version }),
    ...(currency === null ? {} : { segment: `currency=${currency}` }),
  } as const;
  const rate = (metric: string, count: number): Finding => ({
    ...of,
    metric,
    figure: count / decisions,
    interval: wilson(count, decisions),
  });
  return [
    { ...of, metric: 'applications', figure: decisions },
    rate('approval_rate', row.approve),
    rate('review_rate', row.review),
    rate('decline_rate', row.decline),
    rate('counter_offer_rate', row.counter_offer),
    rate('fallback_rate', row.fallback),
    { ...of, metric: 'expected_loss_of_approved', figure: row.expected_loss ?? 0 },
    { ...of, metric: 'expected_profit_of_approved', figure: row.expected_profit ?? 0 },
  ];
}

/** The mix of outcomes, and approval and review rates, against those of the weeks before. */
export function outcomeDrift(
  about: About,
  rows: readonly Decisions[],
  before: readonly Decisions[],
  limits: MonitoringLimits,
  fewest: number,
): Finding[] {
  const [now, then] = [rows, before].map(totalOf) as [Totals, Totals];
  const base = { ...about, n: now.decisions };
  const unrecorded: Finding = {
    ...base,
    kind: 'kpi',
    metric: 'override_rate',
    figure: null,
    why: 'No event says what a person did with a review.',
  };
  if (Math.min(now.decisions, then.decisions) < fewest) {
    const why = `${now.decisions} decisions, ${then.decisions} before: ${fewest} of each are needed.`;
    return [{ ...base, kind: 'drift', metric: 'psi', figure: null, why }, unrecorded];
  }
  const rateChange = (outcome: 'approve' | 'review', metric: string): Finding => {
    const [a, b] = [now, then].map((one) => ({ count: one[outcome], of: one.decisions }));
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
    unrecorded,
  ];
}

type Totals = Readonly<Record<(typeof OUTCOMES)[number] | 'decisions', number>>;

const totalOf = (rows: readonly Decisions[]): Totals => {
  const of = (name: keyof Totals) => rows.reduce((sum, row) => sum + row[name], 0);
  return {
    decisions: of('decisions'),
    approve: of('approve'),
    review: of('review'),
    decline: of('decline'),
    counter_offer: of('counter_offer'),
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
