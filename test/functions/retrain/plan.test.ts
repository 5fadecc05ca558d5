import assert from 'node:assert/strict';
import { planRun, versionOf } from '../../../functions/retrain/plan.ts';
import type { Portfolio } from '../../../shared/portfolio/portfolio.ts';

const portfolio = (validation: Portfolio['validation']) =>
  ({
    id: 'bnpl',
    label: { definition: 'bad', matures_after_days: 42 },
    training_window_days: 365,
    validation,
  }) as unknown as Portfolio;

const AS_OF = new Date('2026-08-30T06:30:00Z');

describe('a run', () => {
  it('labels only what had matured, tests on the youngest and calibrates before that', () => {
    const plan = planRun(
      portfolio({ kind: 'out_of_time', calibration_days: 7, test_days: 10 }),
      AS_OF,
    );
    assert.equal(plan.until.toISOString(), '2026-07-19T06:30:00.000Z');
    assert.equal(plan.testFrom.toISOString(), '2026-07-09T06:30:00.000Z');
    assert.equal(plan.calibrationFrom.toISOString(), '2026-07-02T06:30:00.000Z');
    assert.equal(plan.from.toISOString(), '2025-07-19T06:30:00.000Z');
    assert.deepEqual([plan.calibrationRole, plan.testRole, plan.folds], ['CALIBRATION', 'TEST', 1]);
  });

  it('lets folds take the place of time where time says nothing', () => {
    const plan = planRun(portfolio({ kind: 'folds', folds: 5 }), AS_OF);
    assert.deepEqual([plan.calibrationRole, plan.testRole, plan.folds], ['TRAIN', 'TRAIN', 5]);
    assert.equal(plan.testFrom.getTime(), plan.until.getTime());
  });

  it('names its version and tables by its time alone, its jobs by its portfolio too', () => {
    const plan = planRun(portfolio({ kind: 'folds', folds: 5 }), AS_OF);
    assert.equal(plan.version, 'v20260830_063000');
    assert.equal(plan.tables.snapshot, 'snapshot_v20260830_063000');
    assert.match(plan.job('train'), /^retrain-bnpl-v20260830_063000-[\da-f]{8}-train$/);
    const again = planRun(portfolio({ kind: 'folds', folds: 5 }), AS_OF);
    assert.equal(again.job('train'), plan.job('train'));
    const changed = planRun(portfolio({ kind: 'folds', folds: 6 }), AS_OF);
    assert.notEqual(changed.job('train'), plan.job('train'));
  });

  it('gives versions that sort by time', () => {
    const times = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-10-01T00:00:00Z'];
    const versions = times.map((time) => versionOf(new Date(time)));
    assert.deepEqual([...versions].sort(), versions);
  });
});
