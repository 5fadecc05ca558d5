/** A candidate and a champion side by side: unequal, either way round, tied, and unknown. */
import assert from 'node:assert/strict';
import { championGate, compareWithChampion } from '../../../../functions/retrain/gates/champion.ts';
import type { Rival } from '../../../../functions/retrain/gates/rival.ts';
import { verdictOf } from '../../../../shared/bundle/manifest.ts';
import type { PortfolioDocument } from '../../../../shared/portfolio/documents.ts';
import { judgedOf, scored } from './judged_rows.ts';
import { METRICS } from './metrics.ts';

const VERSION = 'v20260601_000000';
const limits = (auc_below_champion_at_most: number) =>
  ({ gates: { auc_below_champion_at_most } }) as PortfolioDocument;

/** What is said of a candidate whose PDs have one noise, beside a champion whose have another. */
function gateOf(count: number, [ours, theirs]: readonly [number, number], margin: number) {
  const rows = scored(count, [ours, theirs]);
  const judged = judgedOf(rows.map(({ bad, pds }) => ({ bad, pd: pds[0]! })));
  const pd = Float64Array.from(rows, ({ pds }) => pds[1]!);
  const rival: Rival = { kind: 'champion', version: VERSION, metrics: METRICS, pd };
  return championGate(limits(margin), compareWithChampion(judged, METRICS, rival));
}

describe('the gate of the champion', () => {
  it('lets a candidate pass that is better, and refuses it from the other side', () => {
    const better = gateOf(4000, [0.2, 2], 0.01);
    assert.equal(verdictOf(better), 'passed');
    assert.ok(better.figure! > 0.05 && better.interval![0] > 0);
    assert.match(better.why, /v20260601_000000, on the same applications/);
    const worse = gateOf(4000, [2, 0.2], 0.01);
    assert.equal(verdictOf(worse), 'failed');
    assert.ok(worse.figure! < -0.05 && worse.interval![1] < 0);
    assert.deepEqual([worse.limit, worse.n], [-0.01, 4000]);
  });

  it('lets a tie pass: the same PDs differ by nothing, for certain', () => {
    const rows = scored(400, [0.5]);
    const judged = judgedOf(rows.map(({ bad, pds }) => ({ bad, pd: pds[0]! })));
    const rival: Rival = { kind: 'champion', version: VERSION, metrics: METRICS, pd: judged.pd };
    const gate = championGate(limits(0), compareWithChampion(judged, METRICS, rival));
    assert.deepEqual([verdictOf(gate), gate.figure, gate.interval], ['passed', 0, [0, 0]]);
  });

  it('lets a candidate pass that is worse by less than the margin, for certain', () => {
    const gate = gateOf(4000, [0.6, 0.5], 0.05);
    assert.ok(gate.figure! < 0);
    assert.equal(verdictOf(gate), 'passed');
  });

  it('does not judge where the interval straddles the margin, zero or another', () => {
    const gate = gateOf(300, [0.5, 0.6], 0);
    assert.ok(gate.interval![0] < 0 && gate.interval![1] > 0);
    assert.ok(gate.figure! >= 0, 'a seed whose figure alone would have passed');
    assert.equal(verdictOf(gate), 'not_measurable');
    assert.equal(gate.passed, false);
    assert.match(gate.why, /too few to rule it out/);
    const wide = gateOf(300, [0.5, 0.6], 0.2);
    assert.equal(verdictOf(wide), 'passed', 'a margin that the interval keeps within');
  });

  it('refuses a figure beyond the margin however wide its interval is', () => {
    const gate = gateOf(300, [0.9, 0.2], 0.01);
    assert.equal(verdictOf(gate), 'failed');
  });

  it('is the same for the same applications', () => {
    assert.deepEqual(gateOf(300, [1, 1.2], 0.01), gateOf(300, [1, 1.2], 0.01));
  });

  it('says that there is no champion, and that one cannot be read', () => {
    const judged = judgedOf([]);
    const none = championGate(limits(0.01), compareWithChampion(judged, METRICS, { kind: 'none' }));
    assert.deepEqual([verdictOf(none), none.figure, none.limit], ['not_measurable', null, -0.01]);
    const rival: Rival = { kind: 'unreadable', version: VERSION, why: 'its hash is another' };
    const unknown = championGate(limits(0.01), compareWithChampion(judged, METRICS, rival));
    assert.equal(verdictOf(unknown), 'not_measurable');
    assert.match(unknown.why, /v20260601_000000: its hash is another/);
  });

  describe('of a champion that scores too few of the applications', () => {
    const rows = scored(300, [0.5]);
    const judged = judgedOf(rows.map(({ bad, pds }) => ({ bad, pd: pds[0]! })));
    const of = (auc: number, why?: string, known = 0) => {
      const pd = judged.pd.map((p, i) => (i < known ? p : Number.NaN));
      const metrics = { ...METRICS, auc };
      const rival: Rival = { kind: 'champion', version: VERSION, metrics, pd, ...(why && { why }) };
      return championGate(limits(0.01), compareWithChampion(judged, METRICS, rival));
    };

    it('takes the figure of its own test, without an interval, and says so', () => {
      for (const [auc, verdict] of [
        [METRICS.auc + 0.02, 'failed'],
        [METRICS.auc + 0.005, 'passed'],
        [METRICS.auc, 'passed'],
        [METRICS.auc - 0.02, 'passed'],
      ] as const) {
        const gate = of(auc, 'model.onnx is missing');
        assert.deepEqual([verdictOf(gate), gate.interval, gate.n], [verdict, undefined, undefined]);
        assert.match(gate.why, /figure of its own test is taken: model.onnx is missing/);
      }
    });

    it('says how many there were', () => {
      assert.match(of(METRICS.auc, undefined, 60).why, /only 60 applications, \d+ of them bad/);
    });

    it('refuses where either figure is no number', () => {
      const gate = of(Number.NaN);
      assert.deepEqual([verdictOf(gate), gate.figure], ['failed', null]);
    });
  });
});
