import assert from 'node:assert/strict';
import { type AnyRow, rowsOf } from '../rows.ts';

const RANGE = { start_date: '2025-03-01', end_date: '2025-05-31', base_daily_volume: 120, seed: 9 };
const SHOCK = '2025-04-15';

const stream = (name: string, ...shocks: object[]) => rowsOf(name, { ...RANGE, shocks });

const earlier = (rows: readonly AnyRow[]) => rows.filter((row) => String(row._timestamp) < SHOCK);
const later = (rows: readonly AnyRow[]) => rows.filter((row) => String(row._timestamp) >= SHOCK);

const mean = (rows: readonly AnyRow[], field: string) =>
  rows.reduce((sum, row) => sum + Number(row[field]), 0) / rows.length;

const share = (rows: readonly AnyRow[], field: string, value: unknown) =>
  rows.filter((row) => row[field] === value).length / rows.length;

describe('shocks', () => {
  let calm: AnyRow[];
  let truth: AnyRow[];
  before(() => {
    calm = stream('bnpl');
    truth = stream('bnpl_truth');
  });

  const EVERY = [
    { kind: 'stress', size: 0.8 },
    { kind: 'covariate_shift', size: 1 },
    { kind: 'covariate_shift', field: 'amount', size: 0.5 },
    { kind: 'missing', field: 'risk_score', size: 0.5 },
    { kind: 'new_category', field: 'payment_provider', size: 0.5 },
    { kind: 'scale', field: 'amount', size: 100 },
    { kind: 'concept', size: 0.5 },
  ];

  it('leave everything before their day as it was', () => {
    const few = {
      ...RANGE,
      start_date: '2025-04-08',
      end_date: '2025-04-21',
      base_daily_volume: 60,
    };
    for (const name of ['bnpl', 'bnpl_repayments', 'bnpl_truth']) {
      const untouched = earlier(rowsOf(name, few));
      assert.ok(untouched.length > 300);
      for (const shock of EVERY) {
        const shocked = rowsOf(name, { ...few, shocks: [{ from: SHOCK, ...shock }] });
        assert.deepEqual(earlier(shocked), untouched, `${name}, ${shock.kind}`);
      }
    }
  });

  it('end on their last day', () => {
    const shocked = stream('bnpl', {
      from: SHOCK,
      to: '2025-04-20',
      kind: 'scale',
      field: 'risk_score',
      size: 2,
    });
    const outside = ({ _timestamp }: AnyRow) => {
      const day = String(_timestamp).slice(0, 10);
      return day < SHOCK || day > '2025-04-20';
    };
    assert.deepEqual(shocked.filter(outside), calm.filter(outside));
    assert.ok(shocked.some((row, i) => row.risk_score !== calm[i]!.risk_score));
  });

  it('stress: defaults rise, and the record tells the stress', () => {
    const shock = { from: SHOCK, kind: 'stress', size: 0.8 };
    const risen = mean(later(stream('bnpl_truth', shock)), 'default_probability');
    assert.ok(risen > 1.5 * mean(later(truth), 'default_probability'));
    assert.equal(share(later(stream('bnpl', shock)), 'economic_stress_factor', 0.8), 1);
  });

  it('covariate_shift: weaker applicants, who default more', () => {
    const shock = { from: SHOCK, kind: 'covariate_shift', size: 1 };
    const poor = (rows: AnyRow[]) => share(later(rows), 'customer_credit_score_range', 'poor');
    assert.ok(poor(stream('bnpl', shock)) > 1.4 * poor(calm));
    const risen = mean(later(stream('bnpl_truth', shock)), 'default_probability');
    assert.ok(risen > 1.2 * mean(later(truth), 'default_probability'));
  });

  it('covariate_shift of a field: moves it, and what follows from it', () => {
    const dear = later(
      stream('bnpl', { from: SHOCK, kind: 'covariate_shift', field: 'amount', size: 0.5 }),
    );
    assert.ok(Math.abs(mean(dear, 'amount') / mean(later(calm), 'amount') - 1.5) < 0.01);
    assert.ok(share(dear, 'installment_count', 4) < share(later(calm), 'installment_count', 4));
    const hasty = later(
      stream('bnpl', {
        from: SHOCK,
        kind: 'covariate_shift',
        field: 'price_comparison_time',
        size: -0.5,
      }),
    );
    const ratio = mean(hasty, 'price_comparison_time') / mean(later(calm), 'price_comparison_time');
    assert.ok(Math.abs(ratio - 0.5) < 0.01, `${ratio}`);
    const unknown = later(
      stream('bnpl', {
        from: SHOCK,
        kind: 'covariate_shift',
        field: 'device_is_trusted',
        size: 0.3,
      }),
    );
    assert.ok(share(unknown, 'device_is_trusted', false) > 0.3);
  });

  it('missing: the field is null in so many records, and nothing else changes', () => {
    const shocked = stream('bnpl', {
      from: SHOCK,
      kind: 'missing',
      field: 'risk_score',
      size: 0.25,
    });
    assert.ok(Math.abs(share(later(shocked), 'risk_score', null) - 0.25) < 0.02);
    shocked.forEach((row, i) => {
      assert.deepEqual({ ...row, risk_score: 0 }, { ...calm[i]!, risk_score: 0 });
    });
  });

  it('new_category: a value that was never seen takes so many records', () => {
    const shocked = stream('bnpl', {
      from: SHOCK,
      kind: 'new_category',
      field: 'payment_provider',
      size: 0.4,
    });
    const part = share(later(shocked), 'payment_provider', 'unseen_payment_provider');
    assert.ok(Math.abs(part - 0.4) < 0.025, `${part}`);
  });

  it('scale: the feed tells cents for dollars, while the lender saw dollars', () => {
    const shocked = stream('bnpl', { from: SHOCK, kind: 'scale', field: 'amount', size: 100 });
    const rights = later(calm);
    later(shocked).forEach((row, i) => {
      const right = rights[i]!;
      assert.equal(row.amount, Math.round(Number(right.amount) * 100));
      assert.equal(row.status, right.status);
    });
  });

  it('concept: what told the risk tells it less', () => {
    const spread = (rows: AnyRow[], level: string) => {
      const ids = new Set(
        later(calm)
          .filter((row) => row.risk_level === level)
          .map((r) => r.transaction_id),
      );
      return mean(
        later(rows).filter((row) => ids.has(row.transaction_id!)),
        'default_probability',
      );
    };
    const shocked = stream('bnpl_truth', {
      from: SHOCK,
      kind: 'concept',
      field: 'health',
      size: 1,
    });
    const ratio = (rows: AnyRow[]) => spread(rows, 'high') / spread(rows, 'low');
    assert.ok(ratio(shocked) < 0.4 * ratio(truth), `${ratio(shocked)} and ${ratio(truth)}`);
  });
});
