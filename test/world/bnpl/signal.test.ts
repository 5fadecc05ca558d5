import assert from 'node:assert/strict';
import { type AnyRow, rowsOf } from '../rows.ts';

/** Checkouts that were completed, with their truth. */
interface Known {
  readonly row: AnyRow;
  readonly chance: number;
  readonly defaulted: boolean;
}

function completed(config: object): Known[] {
  const truth = new Map(rowsOf('bnpl_truth', config).map((row) => [row.transaction_id, row]));
  return rowsOf('bnpl', config).flatMap((row) => {
    const known = truth.get(row.transaction_id);
    if (known === undefined) return [];
    return { row, chance: Number(known.default_probability), defaulted: known.defaulted === true };
  });
}

/** The chance that a defaulter has a higher probability than one who did not default. */
function auc(rows: readonly Known[]): number {
  const sorted = rows.toSorted((one, other) => one.chance - other.chance);
  let [ranks, defaults] = [0, 0];
  sorted.forEach(({ defaulted }, i) => {
    if (!defaulted) return;
    ranks += i + 1;
    defaults += 1;
  });
  return (ranks - (defaults * (defaults + 1)) / 2) / (defaults * (rows.length - defaults));
}

const rate = (rows: readonly Known[]) =>
  rows.filter(({ defaulted }) => defaulted).length / rows.length;

const between = (value: number, low: number, high: number) =>
  assert.ok(value > low && value < high, `${value} is not between ${low} and ${high}`);

describe('risk at the default signal', () => {
  const range = {
    start_date: '2026-01-05',
    end_date: '2026-04-04',
    base_daily_volume: 900,
    seed: 3,
  };
  let rows: Known[];
  before(() => {
    rows = completed(range);
  });

  /** Default rates by the values of a field must rise in the order given. */
  const rises = (of: (row: AnyRow) => unknown, order: readonly unknown[]) => {
    const rates = order.map((value) => rate(rows.filter(({ row }) => of(row) === value)));
    assert.ok(
      rates.every((each, i) => i === 0 || each > rates[i - 1]!),
      `${order.join(' ')}: ${rates.map((each) => each.toFixed(4)).join(' ')}`,
    );
  };

  it('can be told at best with an AUC of 0.80 to 0.86', () => between(auc(rows), 0.8, 0.86));

  it('is as common as asked for', () => between(rate(rows), 0.042, 0.056));

  it('comes true as often as the true probabilities say, in every band', () => {
    const sorted = rows.toSorted((one, other) => one.chance - other.chance);
    for (let band = 0; band < 20; band += 1) {
      const some = sorted.slice((band * rows.length) / 20, ((band + 1) * rows.length) / 20);
      const expected = some.reduce((sum, { chance }) => sum + chance, 0);
      const variance = some.reduce((sum, { chance }) => sum + chance * (1 - chance), 0);
      const off = some.filter(({ defaulted }) => defaulted).length - expected;
      // Plans of one customer share their luck, which widens the spread a little.
      assert.ok(Math.abs(off) < 3.5 * Math.sqrt(variance), `band ${band}: ${off} of ${expected}`);
    }
  });

  it('rises with what a lender expects it to rise with', () => {
    rises((row) => row.customer_credit_score_range, ['excellent', 'good', 'fair', 'poor']);
    rises((row) => row.risk_level, ['low', 'medium', 'high']);
    rises(
      (row) => row.risk_scenario,
      ['low_risk_purchase', 'impulse_purchase', 'credit_stretched', 'high_risk_behavior'],
    );
    rises((row) => row.account_days_since_last_checkout === null, [false, true]);
    rises((row) => Math.min(4, Number(row.account_open_plans)), [0, 1, 2, 3, 4]);
    rises((row) => Math.min(2, Number(row.account_payments_missed)), [0, 1, 2]);
    rises((row) => row.customer_verification_level, ['verified', 'partial', 'unverified']);
    rises(
      (row) => row.customer_income_bracket,
      ['100k+', '75k-100k', '50k-75k', '25k-50k', '<25k'],
    );
    rises((row) => row.device_is_trusted, [true, false]);
  });

  it('is not told better by the partner’s score alone than by all', () => {
    const alone = auc(rows.map((each) => ({ ...each, chance: Number(each.row.risk_score) })));
    between(alone, 0.7, auc(rows) - 0.05);
  });
});

describe('risk over the year', () => {
  it('is higher in December than in June', () => {
    const month = (start_date: string, end_date: string) =>
      rate(completed({ start_date, end_date, base_daily_volume: 700, seed: 4 }));
    const june = month('2025-06-01', '2025-06-30');
    assert.ok(month('2025-12-01', '2025-12-31') > june * 1.1, `${june}`);
  });
});

describe('the knobs of risk', () => {
  const range = {
    start_date: '2025-05-01',
    end_date: '2025-05-31',
    base_daily_volume: 700,
    seed: 2,
  };

  it('signal: none at 0, more the more of it', () => {
    const [none, half, full, double] = [0, 0.5, 1, 2].map((signal) =>
      completed({ ...range, signal }),
    ) as [Known[], Known[], Known[], Known[]];
    assert.equal(new Set(none.map(({ chance }) => chance.toFixed(12))).size, 1);
    between(auc(half), 0.6, 0.76);
    assert.ok(auc(full) > auc(half) + 0.05);
    assert.ok(auc(double) > auc(full) + 0.05);
  });

  it('base_default_rate: as often as asked', () => {
    const rows = completed({ ...range, base_default_rate: 0.1 });
    between(rate(rows), 0.085, 0.115);
  });

  it('economic_stress: more defaults, and told in the record', () => {
    const [calm, deep] = [0, 1].map((economic_stress) => completed({ ...range, economic_stress }));
    assert.ok(rate(deep!) > 1.6 * rate(calm!));
    assert.ok(deep!.every(({ row }) => row.economic_stress_factor === 1));
  });

  it('due_within_days: the more instalments count, the higher the probability', () => {
    const [few, many] = [14, 70].map((due_within_days) => completed({ ...range, due_within_days }));
    few!.forEach(({ row, chance }, i) => {
      assert.equal(many![i]!.row.transaction_id, row.transaction_id);
      assert.ok(many![i]!.chance > chance);
    });
  });
});
