import assert from 'node:assert/strict';
import { intervalsOf } from '../../../../functions/retrain/gates/discrimination.ts';
import { timeOf } from '../../../../functions/retrain/gates/footprint.ts';
import { judgeGates } from '../../../../functions/retrain/gates/judge.ts';
import { coverageOf } from '../../../../functions/retrain/gates/reasons.ts';
import { shiftOf } from '../../../../functions/retrain/gates/stability.ts';
import { type Metrics, verdictOf } from '../../../../shared/bundle/manifest.ts';
import type { Findings } from '../../../../shared/card/findings.ts';
import { portfolioSchema } from '../../../../shared/portfolio/documents.ts';
import { calibrationLine } from '../../../../shared/statistics/calibration.ts';
import { seededRandom } from '../../../../shared/statistics/random.ts';
import { LOANS } from '../../support/loans.ts';
import { judgedOf, scored } from './judged_rows.ts';
import { METRICS } from './metrics.ts';

/** Every gate that there is. */
const ALL = portfolioSchema.parse({
  ...LOANS['portfolio.json'],
  gates: {
    auc_at_least: 0.7,
    gini_at_least: 0.4,
    ks_at_least: 0.3,
    pr_auc_at_least: 0.2,
    brier_at_most: 0.2,
    mean_pd_off_at_most: 0.25,
    calibration_slope: { at_least: 0.8, at_most: 1.25 },
    auc_below_champion_at_most: 0.01,
    psi_to_champion_at_most: 0.25,
    psi_to_training_at_most: 0.25,
    monotone_reversal_at_most: 0.1,
    reasons_covered_at_least: 0.99,
    model_bytes_at_most: 1_000_000,
    score_ms_at_most: 5,
  },
});

const PARITY = { rows: 2500, largest_difference: 2e-7, tolerance: 1e-6 };
const rows = scored(600, [0]).map(({ bad, pds }) => ({ bad, pd: pds[0]! }));
const judged = judgedOf(rows);

const FINDINGS: Findings = {
  intervals: intervalsOf(judged),
  line: calibrationLine(judged.pd, judged.bad)!,
  comparison: {
    kind: 'paired',
    version: 'v20260601_000000',
    rows: 600,
    auc: 0.8,
    champion_auc: 0.79,
    difference: 0.01,
    interval: [0.005, 0.015],
  },
  shifts: { champion: shiftOf(judged.pd, judged.pd), training: shiftOf(judged.pd, judged.pd) },
  screens: [],
  segments: [],
  coverage: { adverse: 200, covered: 200, unmapped: [] },
  footprint: { bytes: 400_000, ms: 0.1, timed: 100 },
  reversals: [{ feature: 'income', share: 0.1 }],
  approved: 10,
};

const judge = (metrics: Partial<Metrics>, findings: Partial<Findings> = {}, parity = PARITY) =>
  judgeGates(ALL, { ...METRICS, ...metrics }, parity, { ...FINDINGS, ...findings });

/** Gates that did not pass, with their verdicts. */
const refused = (...given: Parameters<typeof judge>) =>
  judge(...given)
    .filter(({ passed }) => !passed)
    .map((gate) => `${gate.gate} ${verdictOf(gate)}`);

const { line } = FINDINGS;
const withSlope = (slope: number) => ({ line: { ...line!, slope } });

describe('gates', () => {
  it('let a good candidate through, and say figure, limit and why of each', () => {
    const gates = judge({});
    assert.deepEqual(
      gates.map(({ gate }) => gate),
      [
        'parity',
        'auc',
        'gini',
        'ks',
        'pr_auc',
        'brier',
        'calibration',
        'calibration_slope_low',
        'calibration_slope_high',
        'monotone_income',
        'reference',
        'reasons',
        'psi_champion',
        'psi_training',
        'model_bytes',
        'score_ms',
        'champion',
      ],
    );
    for (const { figure, limit, why, passed, verdict } of gates) {
      assert.deepEqual([typeof figure, passed, verdict], ['number', true, 'passed']);
      assert.ok(Number.isFinite(limit) && why.length > 20);
    }
    const auc = gates.find(({ gate }) => gate === 'auc')!;
    assert.ok(auc.interval![0] < auc.interval![1]);
    assert.equal(auc.n, 600);
  });

  it('ask nothing that a portfolio of the older form does not', () => {
    const old = portfolioSchema.parse(LOANS['portfolio.json']);
    const asked = judgeGates(old, METRICS, PARITY, {
      ...FINDINGS,
      reversals: [],
      approved: null,
    });
    assert.deepEqual(
      asked.map(({ gate }) => gate),
      ['parity', 'auc', 'calibration', 'champion'],
    );
  });

  const broken: [why: string, given: Parameters<typeof judge>, gate: string][] = [
    [
      'another answer than the warehouse',
      [{}, {}, { ...PARITY, largest_difference: 1.1e-6 }],
      'parity',
    ],
    ['no separation', [{ auc: 0.69 }], 'auc'],
    ['a low Gini', [{ gini: 0.39 }], 'gini'],
    ['a low KS', [{ ks: 0.29 }], 'ks'],
    ['a low average precision', [{ pr_auc: 0.19 }], 'pr_auc'],
    ['a high Brier score', [{ brier: 0.21 }], 'brier'],
    ['PDs that are too high', [{ mean_pd: 0.064 }], 'calibration'],
    ['PDs that are too low', [{ mean_pd: 0.038 }], 'calibration'],
    ['PDs that are too extreme', [{}, withSlope(0.79)], 'calibration_slope_low'],
    ['PDs that are too timid', [{}, withSlope(1.26)], 'calibration_slope_high'],
    [
      'a feature that turns round',
      [{}, { reversals: [{ feature: 'income', share: 0.11 }] }],
      'monotone_income',
    ],
    ['too few to compare reasons with', [{}, { approved: 9 }], 'reference'],
    [
      'declines without reasons',
      [{}, { coverage: { adverse: 200, covered: 197, unmapped: ['hour'] } }],
      'reasons',
    ],
    [
      'too many bytes',
      [{}, { footprint: { bytes: 1_000_001, ms: 0.1, timed: 100 } }],
      'model_bytes',
    ],
    ['too slow a score', [{}, { footprint: { bytes: 1, ms: 5.01, timed: 100 } }], 'score_ms'],
  ];
  for (const [why, given, gate] of broken) {
    it(`refuse ${why}, for that alone`, () =>
      assert.deepEqual(refused(...given), [`${gate} failed`]));
  }

  it('refuse scores that have shifted, against the champion or against training', () => {
    const higher = shiftOf(
      judged.pd.map((p) => Math.min(0.99, 2 * p)),
      judged.pd,
    );
    assert.ok(higher!.psi > 0.25 && higher!.p_value < 0.001);
    const { shifts } = FINDINGS;
    assert.deepEqual(refused({}, { shifts: { ...shifts, champion: higher } }), [
      'psi_champion failed',
    ]);
    assert.deepEqual(refused({}, { shifts: { ...shifts, training: higher } }), [
      'psi_training failed',
    ]);
  });

  it('do not judge a shift that chance makes of so few', () => {
    const random = seededRandom(2);
    const few = () => Float64Array.from({ length: 25 }, () => random());
    const shift = shiftOf(few(), few())!;
    assert.ok(shift.psi > 0.25 && shift.psi < shift.by_chance);
    const shifts = { ...FINDINGS.shifts, training: shift };
    assert.deepEqual(refused({}, { shifts }), ['psi_training not_measurable']);
  });

  it('say what there is nothing to measure by', () => {
    const shifts = { champion: null, training: null };
    const coverage = { adverse: 0, covered: 0, unmapped: [] };
    const comparison = { kind: 'no_champion' } as const;
    assert.deepEqual(refused({}, { shifts, coverage, comparison }), [
      'reasons not_measurable',
      'psi_champion not_measurable',
      'psi_training not_measurable',
      'champion not_measurable',
    ]);
  });

  it('let a figure pass that is exactly at its limit', () => {
    assert.deepEqual(refused({ auc: 0.7, gini: 0.4, ks: 0.3, pr_auc: 0.2, brier: 0.2 }), []);
    assert.deepEqual(refused({}, {}, { ...PARITY, largest_difference: 1e-6 }), []);
    assert.deepEqual(refused({}, withSlope(0.8)), []);
    assert.deepEqual(refused({}, withSlope(1.25)), []);
    const footprint = { bytes: 1_000_000, ms: 5, timed: 100 };
    assert.deepEqual(refused({}, { footprint }), []);
  });

  it('fail where a figure is missing', () => {
    const nothing = Number.NaN;
    assert.deepEqual(refused({ auc: nothing }), ['auc failed']);
    assert.deepEqual(refused({ bad_rate: 0 }), ['calibration failed']);
    assert.deepEqual(refused({}, { line: null }), [
      'calibration_slope_low failed',
      'calibration_slope_high failed',
    ]);
    assert.deepEqual(refused({}, { footprint: { bytes: 1, ms: null, timed: 0 } }), [
      'score_ms failed',
    ]);
    assert.deepEqual(refused({}, { reversals: [{ feature: 'income', share: nothing }] }), [
      'monotone_income failed',
    ]);
    const [parity] = judge({}, {}, { ...PARITY, largest_difference: nothing });
    assert.deepEqual([parity!.passed, parity!.figure], [false, null]);
  });
});

describe('what gates ask', () => {
  it('counts who can be told why: a principal reason there must be, and each must have words', () => {
    const reasons = {
      reasons: [
        { code: 'M01', text: 'The amount.', features: ['amount', 'monthly'] },
        { code: 'M02', text: 'The term.', features: ['term'] },
      ],
    };
    const told = { amount: 0.4, monthly: -0.1, term: 0.2 };
    assert.deepEqual(
      coverageOf(reasons, [
        told,
        // Together they helped; nothing counts against.
        { amount: 0.4, monthly: -0.5, term: -0.2 },
        // What has no words counts, but helped.
        { ...told, hour: -0.3 },
        { ...told, hour: 0.3 },
        {},
      ]),
      { adverse: 5, covered: 2, unmapped: ['hour'] },
    );
  });

  it('takes the median time of a row, by the clock that it is given', async () => {
    let at = 0;
    let calls = 0;
    const scorer = {
      width: 2,
      async score(row: Float64Array) {
        calls++;
        // The third row of those that are timed takes a hundred times as long.
        at += row[0] === 2 ? 300 : 3;
        return { probability: new Float64Array(1), pd: new Float64Array(1) };
      },
      close: async () => {},
    };
    const found = await timeOf(scorer, Float64Array.of(0, 0, 1, 0, 2, 0, 3, 0), () => at);
    assert.deepEqual(found, { ms: 3, timed: 4 });
    assert.equal(calls, 8, 'each row once before');
  });
});
