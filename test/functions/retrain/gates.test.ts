import assert from 'node:assert/strict';
import { judgeGates } from '../../../functions/retrain/gates.ts';
import type { Metrics } from '../../../shared/bundle/manifest.ts';
import type { PortfolioDocument } from '../../../shared/portfolio/documents.ts';

const PORTFOLIO = {
  gates: {
    auc_at_least: 0.7,
    mean_pd_off_at_most: 0.25,
    auc_below_champion_at_most: 0.01,
    monotone_reversal_at_most: 0.1,
  },
} as PortfolioDocument;

const GOOD: Metrics = {
  rows: 10_000,
  bad: 500,
  auc: 0.8,
  gini: 0.6,
  ks: 0.45,
  pr_auc: 0.3,
  brier: 0.04,
  log_loss: 0.16,
  mean_pd: 0.05,
  bad_rate: 0.05,
};

const PARITY = { largest_difference: 2e-7, tolerance: 1e-6 };

/** Of a portfolio that asks nothing of the rows that a version keeps. */
const NOTHING = { reversals: [], approved: undefined };

const failed = (metrics: Partial<Metrics>, champion?: Partial<Metrics>, parity = PARITY) =>
  judgeGates(
    PORTFOLIO,
    { ...GOOD, ...metrics },
    parity,
    NOTHING,
    champion && { ...GOOD, ...champion },
  )
    .filter(({ passed }) => !passed)
    .map(({ gate }) => gate);

describe('gates', () => {
  it('let a good candidate through, and say figure, limit and why of each', () => {
    const gates = judgeGates(PORTFOLIO, GOOD, PARITY, NOTHING, GOOD);
    assert.deepEqual(
      gates.map(({ gate, passed }) => [gate, passed]),
      [
        ['parity', true],
        ['auc', true],
        ['calibration', true],
        ['champion', true],
      ],
    );
    for (const { figure, limit, why } of gates) {
      assert.equal(typeof figure, 'number');
      assert.ok(Number.isFinite(limit) && why.length > 20);
    }
  });

  it('have no champion gate where there is no champion', () => {
    assert.ok(
      !judgeGates(PORTFOLIO, GOOD, PARITY, NOTHING, undefined).some(
        ({ gate }) => gate === 'champion',
      ),
    );
  });

  it('refuse each fault for its own reason', () => {
    assert.deepEqual(failed({ auc: 0.69 }), ['auc']);
    assert.deepEqual(failed({ mean_pd: 0.064 }), ['calibration']);
    assert.deepEqual(failed({ mean_pd: 0.038 }), ['calibration']);
    assert.deepEqual(failed({}, undefined, { ...PARITY, largest_difference: 1.1e-6 }), ['parity']);
    assert.deepEqual(failed({ auc: 0.8 }, { auc: 0.82 }), ['champion']);
  });

  it('hold every monotone feature to its direction, by name', () => {
    const reversals = [
      { feature: 'risk_score', share: 0.1 },
      { feature: 'income', share: 0.11 },
      { feature: 'tenure', share: Number.NaN },
    ];
    const found = { reversals, approved: undefined };
    const gates = judgeGates(PORTFOLIO, GOOD, PARITY, found, undefined).slice(3);
    assert.deepEqual(
      gates.map(({ gate, figure, passed }) => [gate, figure, passed]),
      [
        ['monotone_risk_score', 0.1, true],
        ['monotone_income', 0.11, false],
        ['monotone_tenure', null, false],
      ],
    );
  });

  it('want enough approved applicants where reasons compare with them', () => {
    for (const [approved, passed] of [
      [9, false],
      [10, true],
    ] as const) {
      const found = { reversals: [], approved };
      const gate = judgeGates(PORTFOLIO, GOOD, PARITY, found, undefined).at(-1)!;
      assert.deepEqual([gate.gate, gate.figure, gate.passed], ['reference', approved, passed]);
    }
  });

  it('compare with the champion in the right direction', () => {
    assert.deepEqual(failed({ auc: 0.82 }, { auc: 0.8 }), []);
    assert.deepEqual(failed({ auc: 0.8 }, { auc: 0.8 }), []);
    assert.deepEqual(failed({ auc: 0.795 }, { auc: 0.8 }), []);
    assert.deepEqual(failed({ auc: 0.789 }, { auc: 0.8 }), ['champion']);
  });

  it('let a figure pass that is exactly at its limit', () => {
    assert.deepEqual(failed({ auc: 0.7 }), []);
    assert.deepEqual(failed({}, undefined, { ...PARITY, largest_difference: 1e-6 }), []);
  });

  it('fail where a figure is missing', () => {
    assert.deepEqual(failed({ auc: Number.NaN }), ['auc']);
    assert.deepEqual(failed({ bad_rate: 0 }), ['calibration']);
    assert.deepEqual(failed({}, { auc: Number.NaN }), ['champion']);
    const [parity] = judgeGates(
      PORTFOLIO,
      GOOD,
      { ...PARITY, largest_difference: Number.NaN },
      NOTHING,
      undefined,
    );
    assert.deepEqual([parity!.passed, parity!.figure], [false, null]);
  });
});
