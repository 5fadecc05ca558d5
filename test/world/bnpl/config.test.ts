import assert from 'node:assert/strict';
import { dayOf } from '../dates.ts';
import { bnplConfig, shocksOf } from './config.ts';

const RANGE = { start_date: '2026-01-05', end_date: '2026-04-04' };

/** Paths of everything that is wrong. */
function faults(config: object): string[] {
  const parsed = bnplConfig.safeParse({ ...RANGE, ...config });
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.')).sort();
}

const withShock = (shock: object) => faults({ shocks: [{ from: '2026-02-01', ...shock }] });

describe('the configuration of the BNPL streams', () => {
  it('needs a range of days and fills the rest in', () => {
    assert.deepEqual(bnplConfig.parse(RANGE), {
      ...RANGE,
      base_daily_volume: 1000,
      seed: 1,
      signal: 1,
      base_default_rate: 0.05,
      economic_stress: 0,
      due_within_days: 28,
      shocks: [],
    });
    assert.deepEqual(faults({ start_date: undefined, end_date: undefined }), [
      'end_date',
      'start_date',
    ]);
  });

  it('names every fault at once', () => {
    const config = {
      base_daily_volume: 0,
      seed: -1,
      signal: 4,
      max_records: 1.5,
      start_date: '5 Jan',
    };
    assert.deepEqual(faults(config), [
      'base_daily_volume',
      'max_records',
      'seed',
      'signal',
      'start_date',
    ]);
  });

  it('refuses days that are none, lie outside the world, or run backwards', () => {
    assert.deepEqual(faults({ end_date: '2026-02-30' }), ['end_date']);
    assert.deepEqual(faults({ start_date: '2011-12-31' }), ['start_date']);
    assert.deepEqual(faults({ end_date: '2101-01-01' }), ['end_date']);
    assert.deepEqual(faults({ end_date: '2026-01-04' }), ['end_date']);
    assert.deepEqual(faults({ end_date: '2026-01-05' }), []);
  });

  it('refuses unknown keys, simtom’s others among them', () => {
    const parsed = bnplConfig.safeParse({ ...RANGE, noise_type: 'gaussian', drift_strength: 1 });
    assert.match(JSON.stringify(parsed.error?.issues), /noise_type.*drift_strength/);
  });

  it('takes shocks with the fields and sizes that make sense for their kind', () => {
    for (const shock of [
      { kind: 'stress', size: 0.5 },
      { kind: 'covariate_shift', size: 0.5 },
      { kind: 'covariate_shift', field: 'amount', size: 0.5, to: '2026-02-01' },
      { kind: 'missing', field: 'device_is_trusted', size: 1 },
      { kind: 'new_category', field: 'customer_state', size: 0.1 },
      { kind: 'scale', field: 'credit_utilization', size: -3 },
      { kind: 'concept', size: 2 },
      { kind: 'concept', field: 'newness', size: -1 },
    ]) {
      assert.deepEqual(withShock(shock), [], JSON.stringify(shock));
    }
  });

  it('refuses shocks that make none', () => {
    for (const shock of [
      { kind: 'stress', size: 1.5 },
      { kind: 'stress', field: 'amount', size: 0.5 },
      { kind: 'covariate_shift', field: 'risk_score', size: 0.5 },
      { kind: 'missing', size: 0.5 },
      { kind: 'missing', field: 'transaction_id', size: 0.5 },
      { kind: 'missing', field: 'amount', size: 1.1 },
      { kind: 'new_category', field: 'amount', size: 0.5 },
      { kind: 'scale', field: 'customer_state', size: 2 },
      { kind: 'concept', field: 'amount', size: 1 },
      { kind: 'stress', size: 0.5, to: '2026-01-31' },
    ]) {
      assert.deepEqual(withShock(shock), ['shocks.0'], JSON.stringify(shock));
    }
    assert.deepEqual(withShock({ kind: 'flood', size: 1 }), ['shocks.0.kind']);
    assert.deepEqual(withShock({ kind: 'stress' }), ['shocks.0.size']);
  });

  it('lets a shock without an end last for good', () => {
    const shocks = [
      { from: '2026-02-01', kind: 'stress', size: 1 },
      { from: '2026-02-01', to: '2026-02-03', kind: 'stress', size: 1 },
    ];
    const [forGood, short] = shocksOf(bnplConfig.parse({ ...RANGE, shocks }));
    assert.equal(forGood!.to, Number.POSITIVE_INFINITY);
    assert.equal(short!.to, dayOf('2026-02-03'));
  });
});
