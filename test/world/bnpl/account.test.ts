import assert from 'node:assert/strict';
import { DAY_MS } from '../dates.ts';
import { Account } from './account.ts';
import type { Plan } from './plan.ts';

const day = (n: number) => n * DAY_MS;

const EMPTY = {
  openPlans: 0,
  outstanding: 0,
  plansCompleted: 0,
  onTime: 0,
  late: 0,
  missed: 0,
  daysSinceLastLate: null,
  daysSinceLastCheckout: null,
  checkouts30: 0,
  amount30: 0,
};

/** $100 on day 0 in four parts, paid on time, five days late and on time. */
const paid: Plan = {
  day: 0,
  cents: 100_00,
  count: 4,
  paid: [day(14), day(33), day(42)],
  fall: null,
};

/** The same, its third instalment (due on day 28) missed. */
const fallen = (recovered: boolean): Plan => ({
  ...paid,
  paid: [day(14)],
  fall: { settled: recovered ? day(60) : day(118), recovered },
});

function accountWith(plan: Plan): Account {
  const account = new Account();
  account.add(day(0), plan.cents, plan);
  return account;
}

describe('an account', () => {
  it('knows nothing of a customer who never came', () => {
    assert.deepEqual(new Account().summary(day(5)), EMPTY);
  });

  it('counts the down payment as paid, but not as a payment on time', () => {
    assert.deepEqual(accountWith(paid).summary(day(1)), {
      ...EMPTY,
      openPlans: 1,
      outstanding: 75_00,
      daysSinceLastCheckout: 1,
      checkouts30: 1,
      amount30: 100_00,
    });
  });

  it('learns of a payment after its moment, not at it', () => {
    const account = accountWith(paid);
    assert.equal(account.summary(day(14)).onTime, 0);
    assert.equal(account.summary(day(14) + 1).onTime, 1);
  });

  it('tells late payments from those on time, and when the last one was', () => {
    const { onTime, late, outstanding, daysSinceLastLate } = accountWith(paid).summary(day(40));
    assert.deepEqual(
      { onTime, late, outstanding, daysSinceLastLate },
      {
        onTime: 1,
        late: 1,
        outstanding: 25_00,
        daysSinceLastLate: 7,
      },
    );
  });

  it('closes a plan with its last payment', () => {
    assert.deepEqual(accountWith(paid).summary(day(43)), {
      ...EMPTY,
      plansCompleted: 1,
      onTime: 2,
      late: 1,
      daysSinceLastLate: 10,
      daysSinceLastCheckout: 43,
    });
  });

  it('keeps a missed plan open and owed until it is settled', () => {
    for (const recovered of [true, false]) {
      const { openPlans, outstanding, missed, daysSinceLastLate } = accountWith(
        fallen(recovered),
      ).summary(day(45));
      assert.deepEqual([openPlans, outstanding, missed, daysSinceLastLate], [1, 50_00, 1, 2]);
    }
  });

  it('counts a recovered plan as completed and a written-off one as gone', () => {
    const [recovered, lost] = [true, false].map((way) =>
      accountWith(fallen(way)).summary(day(120)),
    );
    assert.deepEqual([recovered!.openPlans, recovered!.plansCompleted], [0, 1]);
    assert.deepEqual([lost!.openPlans, lost!.plansCompleted, lost!.outstanding], [0, 0, 0]);
  });

  it('adds plans up, and counts declined checkouts in what came lately only', () => {
    const account = accountWith(paid);
    account.summary(day(10));
    account.add(day(10), 60_00, null);
    account.summary(day(20));
    account.add(day(20), 100_00, { ...paid, day: 20, paid: [day(34), day(48), day(62)] });
    const { openPlans, outstanding, checkouts30, amount30 } = account.summary(day(21));
    assert.deepEqual([openPlans, outstanding], [2, 50_00 + 75_00]);
    assert.deepEqual([checkouts30, amount30], [3, 260_00]);
    assert.deepEqual(account.summary(day(30)).checkouts30, 2, 'day 0 is thirty days ago');
    assert.deepEqual(account.summary(day(40)).amount30, 100_00);
    assert.equal(account.summary(day(51)).daysSinceLastCheckout, 31);
  });
});
