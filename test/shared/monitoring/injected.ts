/** Drift that is put into seeded data, to count how often it is noticed and how often there is a cry for nothing. */
import type { Distribution } from '../../../shared/bundle/baseline.ts';
import type { Metrics } from '../../../shared/bundle/manifest.ts';
import { PD_BANDS } from '../../../shared/monitoring/bands.ts';
import { driftOf, type Tally, tallyOf } from '../../../shared/monitoring/drift.ts';
import { type Finding, type Judged, judgeFindings } from '../../../shared/monitoring/finding.ts';
import {
  calibrationByBand,
  type Outcomes,
  ratesOf,
  scoredOf,
} from '../../../shared/monitoring/performance.ts';
import { type MonitoringLimits, monitoringSchema } from '../../../shared/portfolio/monitoring.ts';
import { binOf, countBins, quantileEdges } from '../../../shared/statistics/bins.ts';
import { orderOf, rankingOf } from '../../../shared/statistics/ranking.ts';
import { normal, seeded } from '../statistics/random.ts';

/** What can happen to the first number, to the first text, or to what becomes of applications. */
export const DRIFTS = {
  none: {},
  shift: { shift: 0.5 },
  scale: { scale: 1.6 },
  missingness: { missing: 0.12 },
  'new category': { unseen: 0.05 },
  prior: { margin: 0.6 },
  concept: { concept: -1 },
} as const satisfies Readonly<Record<string, Injected>>;

export type Drift = keyof typeof DRIFTS;

interface Injected {
  /** Standard deviations added to the first number, by how much it spreads more, its share missing. */
  readonly shift?: number;
  readonly scale?: number;
  readonly missing?: number;
  /** Share of a category that training never had. */
  readonly unseen?: number;
  /** Log-odds added to everybody's default. */
  readonly margin?: number;
  /** What the strongest feature's weight is multiplied by, in the world and not in the model. */
  readonly concept?: number;
}

export interface Size {
  readonly numbers: number;
  readonly texts: number;
  /** Applications of training, and of the days that are looked at. */
  readonly trained: number;
  readonly watched: number;
}

const MISSING = 0.02;
const CATEGORIES = ['a', 'b', 'c', 'd', 'e'];
/** Log-odds of default of the average, and what a standard deviation of the first two numbers adds. */
const BASE = -2;
const WEIGHTS = [0.9, 0.7];

interface Sample {
  /** By feature; NaN is missing. */
  readonly numbers: readonly Float64Array[];
  readonly texts: readonly (readonly string[])[];
  readonly pds: Float64Array;
  readonly bad: Uint8Array;
}

function draw(
  random: () => number,
  rows: number,
  { numbers, texts }: Size,
  injected: Injected,
): Sample {
  const gauss = normal(random);
  const columns = Array.from({ length: numbers }, (_, i) => {
    const { shift, scale, missing } = {
      shift: 0,
      scale: 1,
      missing: MISSING,
      ...(i === 0 && injected),
    };
    return Float64Array.from({ length: rows }, () =>
      random() < missing ? Number.NaN : gauss() * scale + shift,
    );
  });
  const words = Array.from({ length: texts }, (_, i) =>
    Array.from({ length: rows }, () =>
      i === 0 && random() < (injected.unseen ?? 0)
        ? 'new'
        : CATEGORIES[Math.floor(random() ** 1.5 * CATEGORIES.length)]!,
    ),
  );
  const marginOf = (row: number, concept: number) =>
    WEIGHTS.reduce(
      (sum, weight, i) => sum + weight * (i === 1 ? concept : 1) * (columns[i]![row] || 0),
      BASE,
    );
  const probability = (margin: number) => 1 / (1 + Math.exp(-margin));
  const pds = Float64Array.from({ length: rows }, (_, row) => probability(marginOf(row, 1)));
  const bad = Uint8Array.from({ length: rows }, (_, row) => {
    const margin = marginOf(row, injected.concept ?? 1) + (injected.margin ?? 0);
    return random() < probability(margin) ? 1 : 0;
  });
  return { numbers: columns, texts: words, pds, bad };
}

/** What retraining fixes of a number. */
function numberBaseline(name: string, values: Float64Array) {
  const known = values.filter((value) => !Number.isNaN(value));
  const edges = quantileEdges(known, 10);
  return {
    kind: 'number',
    name,
    lowest: known.reduce((a, b) => Math.min(a, b)),
    highest: known.reduce((a, b) => Math.max(a, b)),
    edges,
    missing: values.length - known.length,
    counts: countBins(known, edges),
  } as const;
}

const textBaseline = (name: string, values: readonly string[]): Distribution => ({
  kind: 'text',
  name,
  categories: CATEGORIES,
  missing: 0,
  counts: CATEGORIES.map((category) => values.filter((value) => value === category).length),
  unseen: 0,
});

function tallyNumber(
  { edges, lowest, highest }: ReturnType<typeof numberBaseline>,
  values: Float64Array,
): Tally {
  const known = values.filter((value) => !Number.isNaN(value));
  const inside = known.filter((value) => value >= lowest && value <= highest);
  return {
    missing: values.length - known.length,
    unseen: known.length - inside.length,
    counts: countBins(inside, edges),
  };
}

function outcomesOf({ pds, bad }: Sample, rows = [...pds.keys()]): Outcomes {
  const sum = (of: (row: number) => number) => rows.reduce((total, row) => total + of(row), 0);
  const bads = sum((row) => bad[row]!);
  const own = { pds: rows.map((row) => pds[row]!), bad: rows.map((row) => bad[row]!) };
  return {
    applications: rows.length,
    labelled: rows.length,
    bad: bads,
    scored: rows.length,
    scored_bad: bads,
    pd: sum((row) => pds[row]!),
    variance: sum((row) => pds[row]! * (1 - pds[row]!)),
    squares: sum((row) => (pds[row]! - bad[row]!) ** 2),
    pairs: rankingOf(orderOf(own.pds), own.bad).auc * bads * (rows.length - bads),
    expected_loss: 0,
    realised_loss: 0,
    realised_profit: 0,
  };
}

function metricsOf(sample: Sample): Metrics {
  const all = outcomesOf(sample);
  const { scored: rows, bad } = all;
  const auc = all.pairs / (bad * (rows - bad));
  return {
    rows,
    bad,
    auc,
    gini: 2 * auc - 1,
    ks: 0,
    pr_auc: 0,
    brier: all.squares / rows,
    log_loss: 0,
    mean_pd: all.pd / rows,
    bad_rate: bad / rows,
  };
}

const ABOUT = { from: new Date('2026-06-01'), until: new Date('2026-06-08') };

/** One run of the watch over fresh data with some drift in it. */
export function watchOnce(
  seed: number,
  drift: Drift,
  size: Size,
  limits: MonitoringLimits = monitoringSchema.parse({}).limits,
): Judged[] {
  const random = seeded(seed);
  const trained = draw(random, size.trained, size, {});
  const watched = draw(random, size.watched, size, DRIFTS[drift]);
  const { fewest, false_alarms_at_most } = monitoringSchema.parse({});
  const found: Finding[] = [];
  const compare = (subject: string, baseline: Distribution, tally: Tally) =>
    found.push(
      ...driftOf({
        about: { subject, ...ABOUT },
        kind: baseline.kind,
        expected: tallyOf(baseline),
        found: tally,
        limits,
        fewest,
      }),
    );
  trained.numbers.forEach((values, i) => {
    const baseline = numberBaseline(`x${i}`, values);
    compare(baseline.name, baseline, tallyNumber(baseline, watched.numbers[i]!));
  });
  trained.texts.forEach((values, i) => {
    const baseline = textBaseline(`c${i}`, values);
    const words = watched.texts[i]!;
    const counts = CATEGORIES.map((category) => words.filter((word) => word === category).length);
    const unseen = words.filter((word) => !CATEGORIES.includes(word)).length;
    compare(baseline.name, baseline, { missing: 0, counts, unseen });
  });
  const pd = numberBaseline('pd', trained.pds);
  compare('pd', pd, tallyNumber(pd, watched.pds));
  const promise = { metrics: metricsOf(trained), limits };
  const about = { subject: 'maturity 42', ...ABOUT };
  const all = outcomesOf(watched);
  const bands = Map.groupBy(watched.pds.keys(), (row) => binOf(watched.pds[row]!, PD_BANDS));
  found.push(
    ...ratesOf(about, all, fewest, promise),
    ...scoredOf(about, all, fewest, promise),
    ...calibrationByBand(
      about,
      [...bands]
        .sort(([a], [b]) => a - b)
        .map(([band, rows]) => ({ name: String(band), outcomes: outcomesOf(watched, rows) })),
      limits,
    ),
  );
  return judgeFindings(found, false_alarms_at_most);
}

/** Whether what was put in was noticed where it was put. */
const NOTICED: Readonly<Record<Drift, (finding: Judged) => boolean>> = {
  none: () => true,
  shift: ({ subject }) => subject === 'x0',
  scale: ({ subject }) => subject === 'x0',
  missingness: ({ subject }) => subject === 'x0',
  'new category': ({ subject }) => subject === 'c0',
  prior: ({ metric }) => metric === 'bad_rate_off' || metric.startsWith('calibration'),
  concept: ({ metric }) => metric === 'auc_drop' || metric.startsWith('calibration'),
};

/** Shares of runs. */
export interface Rates {
  readonly drift: Drift;
  /** In which it was noticed; for `none`, in which anything failed. */
  readonly noticed: number;
  /** In which a feature failed that nothing had been done to. */
  readonly wrong: number;
  /** In which anything was more than chance, however small. */
  readonly beyondChance: number;
  /** In which Lewis's 0.1, which knows nothing of n, would have been exceeded by such a feature. */
  readonly byLewis: number;
  /** Tests of one run. */
  readonly tests: number;
}

const UNTOUCHED = /^(x[2-9]|x\d\d|c[1-9])/;

export function ratesOfRuns(drift: Drift, runs: number, size: Size): Rates {
  const { false_alarms_at_most } = monitoringSchema.parse({});
  let tests = 0;
  const each = Array.from({ length: runs }, (_, i) => {
    const all = watchOnce(i + 1, drift, size);
    const tested = all.filter(({ p_value, limit }) => p_value !== undefined && limit);
    tests = tested.length;
    const failed = all.filter(({ verdict }) => verdict === 'failed');
    return {
      noticed: failed.some(NOTICED[drift]),
      wrong: failed.some(({ subject }) => UNTOUCHED.test(subject)),
      beyondChance: tested.some(({ p_value }) => p_value! < false_alarms_at_most / tests),
      byLewis: all.some(
        ({ subject, metric, figure }) =>
          UNTOUCHED.test(subject) && metric === 'psi' && figure! > 0.1,
      ),
    };
  });
  const share = (of: keyof (typeof each)[number]) => each.filter((one) => one[of]).length / runs;
  return {
    drift,
    noticed: share('noticed'),
    wrong: share('wrong'),
    beyondChance: share('beyondChance'),
    byLewis: share('byLewis'),
    tests,
  };
}
