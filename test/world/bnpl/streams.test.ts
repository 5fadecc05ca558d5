import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DAY_MS, dayOf, isoDate } from '../dates.ts';
import { type AnyRow, rowsOf } from '../rows.ts';
import { FLAG_FIELDS, KEY_FIELDS, NUMBER_FIELDS, TEXT_FIELDS } from './fields.ts';

const NAMES = ['bnpl', 'bnpl_repayments', 'bnpl_truth'] as const;

const config = (start: string, end: string, more: object = {}) => ({
  start_date: start,
  end_date: end,
  base_daily_volume: 60,
  seed: 5,
  ...more,
});

const at = (row: AnyRow): number => Date.parse(String(row._timestamp));

function by<T, K>(rows: readonly T[], key: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}

describe('any range of days, split in any way', () => {
  const first = dayOf('2025-10-01');
  const length = 60;
  const whole = new Map<string, AnyRow[]>();
  before(() => {
    for (const name of NAMES) {
      whole.set(name, rowsOf(name, config(isoDate(first), isoDate(first + length - 1))));
    }
  });

  it('gives the same records', () => {
    const range = fc.tuple(fc.nat(length - 1), fc.nat(20)).map(([from, days]) => {
      return { from, to: Math.min(length - 1, from + days) };
    });
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), range, (name, { from, to }) => {
        const part = rowsOf(name, config(isoDate(first + from), isoDate(first + to)));
        const expected = whole.get(name)!.filter((row) => {
          const day = Math.floor(at(row) / DAY_MS) - first;
          return day >= from && day <= to;
        });
        assert.deepEqual(part, expected);
      }),
      { numRuns: 12 },
    );
  });

  it('comes in the order of time and within the range', () => {
    for (const rows of whole.values()) {
      const times = rows.map(at);
      assert.ok(times.length > 1000);
      assert.ok(times.every((time, i) => i === 0 || time >= times[i - 1]!));
      assert.ok(times[0]! >= first * DAY_MS && times.at(-1)! < (first + length) * DAY_MS);
    }
  });

  it('is another world for another seed', () => {
    const [one, other] = [5, 6].map((seed) =>
      rowsOf('bnpl', config('2025-10-01', '2025-10-02', { seed })).map((row) => row.customer_id),
    );
    assert.notDeepEqual(one, other);
  });

  it('starts early and ends late without a seam', () => {
    for (const day of ['2012-01-01', '2100-12-31']) {
      const rows = rowsOf('bnpl', config(day, day, { base_daily_volume: 1000 }));
      assert.ok(rows.length > 50);
      const repeats = rows.filter((row) => row.account_days_since_last_checkout !== null);
      assert.ok(repeats.length / rows.length > 0.55 && repeats.length / rows.length < 0.82);
    }
  });
});

describe('the streams of one world', () => {
  const range = config('2024-06-01', '2025-09-30', { base_daily_volume: 25 });
  let checkouts: AnyRow[];
  let repayments: AnyRow[];
  let truth: AnyRow[];
  before(() => {
    [checkouts, repayments, truth] = NAMES.map((name) => rowsOf(name, range)) as [
      AnyRow[],
      AnyRow[],
      AnyRow[],
    ];
  });

  it('name every record once', () => {
    for (const [rows, id] of [
      [checkouts, 'transaction_id'],
      [checkouts, '_record_id'],
      [repayments, 'event_id'],
      [truth, 'transaction_id'],
    ] as const) {
      assert.equal(new Set(rows.map((row) => row[id])).size, rows.length, id);
    }
  });

  it('have exactly the fields that are documented, of the right types', () => {
    const always = [...KEY_FIELDS, ...TEXT_FIELDS, ...NUMBER_FIELDS, ...FLAG_FIELDS].filter(
      (name) => name !== 'credit_utilization',
    );
    const nullable = ['account_days_since_last_late', 'account_days_since_last_checkout'];
    for (const row of checkouts) {
      const stretched = row.risk_scenario === 'credit_stretched' ? ['credit_utilization'] : [];
      assert.deepEqual(Object.keys(row).sort(), [...always, ...stretched].sort());
      for (const name of TEXT_FIELDS) assert.equal(typeof row[name], 'string', name);
      for (const name of FLAG_FIELDS) assert.equal(typeof row[name], 'boolean', name);
      for (const name of NUMBER_FIELDS) {
        const value = row[name];
        if (value === undefined || (value === null && nullable.includes(name))) continue;
        assert.ok(Number.isFinite(value) && Number(value) >= 0, `${name}: ${value}`);
      }
    }
  });

  it('keep within simtom’s domains', () => {
    const pairs: Record<string, readonly unknown[]> = {
      installment_count: [4, 6, 12],
      cart_abandonment_count: [0, 1, 2, 3],
      payment_credit_limit: [500, 1000, 1500, 2500, 5000],
      risk_level: ['low', 'medium', 'high', 'very_high'],
      device_type: ['mobile', 'desktop', 'tablet'],
      status: ['completed', 'declined'],
    };
    for (const row of checkouts) {
      for (const [name, values] of Object.entries(pairs))
        assert.ok(values.includes(row[name]), name);
      const amount = Number(row.amount);
      assert.ok(amount >= 15 && amount < 1000);
      assert.equal(row.product_price, row.amount);
      if (amount < 100) assert.equal(row.installment_count, 4);
      else if (amount < 500) assert.notEqual(row.installment_count, 12);
      else assert.notEqual(row.installment_count, 4);
      assert.ok(Number(row.risk_score) > 0 && Number(row.risk_score) < 1);
      assert.ok(
        Number(row.price_comparison_time) <= 300 && Number(row.time_on_site_seconds) <= 900,
      );
      assert.ok(Number(row.customer_tenure_days) <= 731);
    }
    assert.equal(new Set(checkouts.map((row) => row.customer_state)).size, 59);
    assert.equal(new Set(checkouts.map((row) => row.product_subcategory)).size, 24);
  });

  it('let customers stay who they are', () => {
    const stable = [
      'customer_age_bracket',
      'customer_income_bracket',
      'customer_verification_level',
      'customer_address_stability',
      'customer_state',
      'payment_credit_limit',
    ];
    for (const rows of by(checkouts, (row) => row.customer_id).values()) {
      for (const name of stable) assert.equal(new Set(rows.map((row) => row[name])).size, 1, name);
      // Tenure grows with the calendar.
      const signups = rows.map(
        (row) => Math.floor(at(row) / DAY_MS) - Number(row.customer_tenure_days),
      );
      assert.equal(new Set(signups).size, 1);
    }
    for (const [id, fields] of [
      ['device_id', ['device_type', 'device_os']],
      ['payment_method_id', ['payment_provider']],
      [
        'product_id',
        ['product_category', 'product_brand', 'product_price', 'product_risk_category'],
      ],
    ] as const) {
      for (const rows of by(checkouts, (row) => row[id]).values()) {
        for (const name of fields)
          assert.equal(new Set(rows.map((row) => row[name])).size, 1, name);
      }
    }
  });

  it('tell at checkout just what the streams had told of the account before', () => {
    const events = by(repayments, (row) => row.customer_id);
    let recounted = 0;
    for (const [customer, visits] of by(checkouts, (row) => row.customer_id)) {
      // Of the others the beginning is not in the range.
      if (visits[0]!.account_days_since_last_checkout !== null) continue;
      visits.forEach((visit, i) => {
        const expected = recount(visit, visits.slice(0, i), events.get(customer) ?? []);
        const told = Object.fromEntries(Object.keys(expected).map((name) => [name, visit[name]]));
        assert.deepEqual(told, expected, String(visit.transaction_id));
        recounted += 1;
      });
    }
    assert.ok(recounted > 5000, `${recounted}`);
  });

  it('decline a few per cent by rules that the request alone decides', () => {
    const declined = checkouts.filter((row) => row.status === 'declined');
    for (const row of checkouts) {
      const exposure = Number(row.account_outstanding_amount) + 0.75 * Number(row.amount);
      const missed = Number(row.account_payments_missed);
      const refused =
        Number(row.risk_score) >= 0.8 ||
        exposure > Number(row.payment_credit_limit) ||
        Number(row.account_open_plans) >= 7 ||
        missed > 4 ||
        (missed > 0 && Number(row.account_days_since_last_late) < 14) ||
        (row.account_days_since_last_checkout === null &&
          row.customer_verification_level === 'unverified' &&
          Number(row.amount) > 250);
      assert.equal(row.status, refused ? 'declined' : 'completed');
    }
    const share = declined.length / checkouts.length;
    assert.ok(share > 0.02 && share < 0.07, `${share}`);
    const ids = new Set(declined.map((row) => row.transaction_id));
    assert.ok(repayments.every((row) => !ids.has(row.transaction_id)));
    assert.ok(truth.every((row) => !ids.has(row.transaction_id)));
    assert.equal(truth.length, checkouts.length - declined.length);
  });

  it('agree on who defaulted', () => {
    const made = new Map(checkouts.map((row) => [row.transaction_id, at(row)]));
    const missed = new Set<unknown>();
    for (const row of repayments.filter(({ event }) => event === 'missed')) {
      const checkout = made.get(row.transaction_id);
      if (checkout === undefined) continue;
      const days = dayOf(String(row.due_date)) - Math.floor(checkout / DAY_MS);
      if (days <= 28) missed.add(row.transaction_id);
    }
    const known = dayOf('2025-09-30') - 28 - 14;
    const matured = truth.filter((row) => Math.floor(at(row) / DAY_MS) <= known);
    assert.ok(matured.length > 5000);
    for (const row of matured) {
      assert.equal(row.defaulted, missed.has(row.transaction_id), String(row.transaction_id));
    }
  });

  it('ask in instalments for what the checkout was for', () => {
    const amounts = new Map(checkouts.map((row) => [row.transaction_id, row]));
    const ends = repayments.filter(({ event }) => event !== 'missed');
    let whole = 0;
    for (const [id, rows] of by(ends, (row) => row.transaction_id)) {
      const checkout = amounts.get(id);
      if (checkout === undefined || rows.length < Number(checkout.installment_count) - 1) continue;
      const cents = rows.reduce((sum, row) => sum + Math.round(Number(row.amount_due) * 100), 0);
      const down = Math.round(Number(checkout.first_payment_amount) * 100);
      assert.equal(cents + down, Math.round(Number(checkout.amount) * 100));
      whole += 1;
    }
    assert.ok(whole > 5000);
  });
});

/** The account fields of a visit, from the checkouts and events of the streams alone. */
function recount(visit: AnyRow, earlier: readonly AnyRow[], events: readonly AnyRow[]): AnyRow {
  const now = at(visit);
  const known = events.filter((row) => at(row) < now);
  const cents = (value: unknown) => Math.round(Number(value) * 100);
  const days = (times: readonly number[]) =>
    times.length === 0 ? null : Math.floor((now - Math.max(...times)) / DAY_MS);
  const recent = earlier.filter((row) => at(row) > now - 30 * DAY_MS);
  const ends = by(
    known.filter(({ event }) => event !== 'missed'),
    (row) => row.transaction_id,
  );
  const plans = earlier
    .filter(({ status }) => status === 'completed')
    .map((row) => {
      const settled = ends.get(row.transaction_id) ?? [];
      const paid = settled.reduce((sum, each) => sum + cents(each.amount_due), 0);
      return {
        open: settled.length < Number(row.installment_count) - 1,
        lost: settled.some(({ event }) => event === 'charged_off'),
        owed: cents(row.amount) - cents(row.first_payment_amount) - paid,
      };
    });
  const paidLate = known.filter(({ event, days_late }) => event === 'paid' && days_late !== 0);
  const late = [...paidLate, ...known.filter(({ event }) => event === 'missed')];
  return {
    account_open_plans: plans.filter(({ open }) => open).length,
    account_outstanding_amount: plans.reduce((sum, { owed }) => sum + owed, 0) / 100,
    account_plans_completed: plans.filter(({ open, lost }) => !open && !lost).length,
    account_payments_on_time: known.filter(
      ({ event, days_late }) => event === 'paid' && days_late === 0,
    ).length,
    account_payments_late: paidLate.length,
    account_payments_missed: known.filter(({ event }) => event === 'missed').length,
    account_days_since_last_late: days(late.map(at)),
    account_days_since_last_checkout: days(earlier.map(at)),
    account_checkouts_last_30_days: recent.length,
    account_amount_last_30_days: recent.reduce((sum, row) => sum + cents(row.amount), 0) / 100,
  };
}
