/** Whether probabilities of default came true, of applications old enough for everybody to know. */
import type { Metrics } from '../bundle/manifest.ts';
import type { MonitoringLimits } from '../portfolio/monitoring.ts';
import { aucError } from '../statistics/auc_error.ts';
import { chiSquareTail, twoSided } from '../statistics/distributions.ts';
import { compareShares } from '../statistics/proportions.ts';
import { wilson } from '../statistics/wilson.ts';
import type { Finding } from './finding.ts';

/** What became of some applications at one age; a row of sql/monitor/performance.sql. */
export interface Outcomes {
  /** How many were made, and how many of them have a label: the others are in no rate. */
  readonly applications: number;
  readonly labelled: number;
  readonly bad: number;
  /** Of the labelled, those that a model decided; sums are over these. */
  readonly scored: number;
  readonly scored_bad: number;
  /** Σ pd, Σ pd · (1 − pd), Σ (pd − outcome)². */
  readonly pd: number;
  readonly variance: number;
  readonly squares: number;
  /** Pairs of a bad and a good of which the bad has the higher PD, ties half. */
  readonly pairs: number;
  /** Money of those approved as they asked. */
  readonly expected_loss: number;
  readonly realised_loss: number;
  readonly realised_profit: number;
}

type Base = Omit<Finding, 'metric' | 'figure'>;

/** What all findings of a subject share but what they are of. */
export type About = Omit<Base, 'n' | 'kind'>;

/** What a version promised, and how far off it may be. */
export interface Promised {
  readonly metrics: Metrics;
  readonly limits: MonitoringLimits;
}

/** @param promise for the age at which labels are known; before, fewer are bad than will be */
export function ratesOf(
  about: About,
  all: Outcomes,
  fewest: number,
  promise?: Promised,
): Finding[] {
  const of = { ...about, kind: 'performance', n: all.labelled } as const;
  if (all.labelled < fewest) {
    const why = `${all.labelled} of ${all.applications} applications have a label: ${fewest} are needed.`;
    return [{ ...of, metric: 'bad_rate', figure: null, why }];
  }
  const known = all.labelled / all.applications;
  const rate = all.bad / all.labelled;
  return [
    { ...of, metric: 'labelled_share', figure: known, n: all.applications },
    { ...of, metric: 'bad_rate', figure: rate, interval: wilson(all.bad, all.labelled) },
    ...(promise ? [badRateOff(of, all, promise)] : []),
  ];
}

/** More or fewer bads than the version was tested on: prior drift. */
function badRateOff(of: Base, all: Outcomes, { metrics, limits }: Promised): Finding {
  const before = { count: metrics.bad, of: metrics.rows };
  const { ratio, p_value } = compareShares({ count: all.bad, of: all.labelled }, before);
  return {
    ...of,
    metric: 'bad_rate_off',
    figure: Math.abs(ratio - 1),
    reference: metrics.bad_rate,
    limit: { beyond: 'above', warning: limits.bad_rate_off },
    p_value,
  };
}

/** How true and how sharp the PDs of one version were. */
export function scoredOf(
  about: About,
  all: Outcomes,
  fewest: number,
  promise: Promised,
): Finding[] {
  const of = { ...about, kind: 'performance', n: all.scored } as const;
  const calibration = calibrationOf('performance', about, all, fewest, promise.limits);
  if (all.scored < fewest) return [calibration];
  return [
    { ...of, metric: 'mean_pd', figure: all.pd / all.scored },
    { ...of, metric: 'brier', figure: all.squares / all.scored, reference: promise.metrics.brier },
    calibration,
    ...rankingFindings(of, all, promise),
  ];
}

/** Observed bads against those that PDs expected, by the normal distribution of their sum. */
export function calibrationOf(
  kind: 'performance' | 'fairness',
  about: About,
  { scored, scored_bad, pd, variance, labelled }: Outcomes,
  fewest: number,
  { calibration_off }: MonitoringLimits,
): Finding {
  const of = { ...about, kind, metric: 'calibration_off', n: scored };
  if (scored < fewest || !(variance > 0)) {
    const why = `A model decided on ${scored} of ${labelled} with a label: ${fewest} are needed.`;
    return { ...of, figure: null, why };
  }
  return {
    ...of,
    figure: Math.abs(scored_bad / pd - 1),
    reference: pd / scored,
    limit: { beyond: 'above', warning: calibration_off },
    p_value: twoSided((scored_bad - pd) / Math.sqrt(variance)),
  };
}

/** What the approved were expected to lose and to bring, and what they did. */
export function moneyOf(about: About, all: Outcomes): Finding[] {
  const of = { ...about, kind: 'kpi', n: all.scored } as const;
  return [
    { ...of, metric: 'expected_loss', figure: all.expected_loss },
    { ...of, metric: 'realised_loss', figure: all.realised_loss, reference: all.expected_loss },
    { ...of, metric: 'realised_profit', figure: all.realised_profit },
  ];
}

/** A model that no longer tells bads from goods as it did: concept drift. */
function rankingFindings(
  of: Base,
  { scored, scored_bad: bad, pairs }: Outcomes,
  { metrics: trained, limits }: Promised,
): Finding[] {
  const good = scored - bad;
  if (bad < 10 || good < 10) {
    const why = `${bad} bads and ${good} goods say nothing of an order.`;
    return [{ ...of, metric: 'auc_drop', figure: null, why }];
  }
  const auc = pairs / (bad * good);
  const error = aucError(auc, bad, good);
  const before = aucError(trained.auc, trained.bad, trained.rows - trained.bad);
  const interval = [auc - 1.96 * error, auc + 1.96 * error] as const;
  return [
    { ...of, metric: 'auc', figure: auc, interval, reference: trained.auc },
    {
      ...of,
      metric: 'auc_drop',
      figure: trained.auc - auc,
      reference: trained.auc,
      limit: { beyond: 'above', warning: limits.auc_drop },
      p_value: twoSided((trained.auc - auc) / Math.hypot(error, before)),
    },
  ];
}

/** The outcomes of applications whose PDs lie in one band. */
export interface Band {
  readonly name: string;
  readonly outcomes: Outcomes;
}

/** Sums of rows; of none, all 0. */
export const sumOutcomes = (rows: readonly Outcomes[]): Outcomes =>
  rows.reduce(
    (sum, row) =>
      Object.fromEntries(
        Object.entries(sum).map(([name, value]) => [name, value + row[name as keyof Outcomes]]),
      ) as unknown as Outcomes,
    NOTHING,
  );

const NOTHING: Outcomes = {
  applications: 0,
  labelled: 0,
  bad: 0,
  scored: 0,
  scored_bad: 0,
  pd: 0,
  variance: 0,
  squares: 0,
  pairs: 0,
  expected_loss: 0,
  realised_loss: 0,
  realised_profit: 0,
};

/** Neighbours are put together until a band expects this many bads (Cochran 1954). */
const FEWEST_EXPECTED = 5;

/**
 * Band by band: bad rate beside mean PD, and over all of them Hosmer and Lemeshow's test (1980), with
 * as many degrees of freedom as bands, for nothing was fitted on these applications. Its figure is the
 * mean distance of both, as a share of the mean PD.
 */
export function calibrationByBand(
  base: About,
  bands: readonly Band[],
  limits: MonitoringLimits,
): Finding[] {
  const kind = 'performance' as const;
  const known = bands.filter(({ outcomes }) => outcomes.scored > 0);
  const rows: Finding[] = known.map(({ name, outcomes: { scored, scored_bad, pd } }) => ({
    ...base,
    kind,
    segment: `pd=${name}`,
    metric: 'bad_rate_in_band',
    figure: scored_bad / scored,
    interval: wilson(scored_bad, scored),
    reference: pd / scored,
    n: scored,
  }));
  const merged = mergeThin(known.map(({ outcomes }) => outcomes));
  if (merged.length < 2) return rows;
  const total = (of: (band: Cell) => number) => merged.reduce((sum, band) => sum + of(band), 0);
  const statistic = total(({ bad, pd, variance }) => (bad - pd) ** 2 / variance);
  return [
    ...rows,
    {
      ...base,
      kind,
      metric: 'calibration_in_bands',
      figure: total(({ bad, pd }) => Math.abs(bad - pd)) / total(({ pd }) => pd),
      n: total(({ n }) => n),
      limit: { beyond: 'above', warning: limits.calibration_off },
      p_value: chiSquareTail(statistic, merged.length),
    },
  ];
}

interface Cell {
  readonly n: number;
  readonly bad: number;
  readonly pd: number;
  readonly variance: number;
}

function mergeThin(bands: readonly Outcomes[]): Cell[] {
  const merged: Cell[] = [];
  let open: Cell = { n: 0, bad: 0, pd: 0, variance: 0 };
  for (const { scored, scored_bad, pd, variance } of bands) {
    open = {
      n: open.n + scored,
      bad: open.bad + scored_bad,
      pd: open.pd + pd,
      variance: open.variance + variance,
    };
    if (open.pd < FEWEST_EXPECTED) continue;
    merged.push(open);
    open = { n: 0, bad: 0, pd: 0, variance: 0 };
  }
  const last = merged.pop();
  if (!last) return [];
  return [
    ...merged,
    {
      n: last.n + open.n,
      bad: last.bad + open.bad,
      pd: last.pd + open.pd,
      variance: last.variance + open.variance,
    },
  ];
}
