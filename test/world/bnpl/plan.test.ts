import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DAY_MS } from '../dates.ts';
import { Health } from './health.ts';
import {
  dueDay,
  installmentCents,
  LONGEST_PLAN_DAYS,
  missedInstallment,
  type Plan,
  playOut,
  type Repayment,
  repaymentAt,
} from './plan.ts';
import { Random, rootKey, split } from './random.ts';

const DAY = 20_000;

const plans = fc
  .record({
    seed: fc.nat(),
    cents: fc.integer({ min: 15_00, max: 999_99 }),
    count: fc.constantFrom(4, 6, 12),
    // From plans that never fail to plans that nearly always do.
    calm: fc.double({ min: -8, max: 3, noNaN: true }),
  })
  .map(({ seed, cents, count, calm }) => {
    const health = new Health(rootKey(seed), 0, DAY * DAY_MS, 400 * DAY_MS);
    const random = new Random(split(rootKey(seed), 1));
    return playOut(DAY, cents, count, { calm, troubled: calm + 1 }, health, random);
  });

function events(plan: Plan): Repayment[] {
  const all: Repayment[] = [];
  for (let i = 0; ; i += 1) {
    const repayment = repaymentAt(plan, i);
    if (repayment === undefined) return all;
    all.push(repayment);
  }
}

const dayOf = ({ at }: Repayment) => Math.floor(at / DAY_MS);

describe('an instalment plan', () => {
  it('asks for a quarter first and for all of the amount in the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_00, max: 10_000_00 }),
        fc.constantFrom(4, 6, 12),
        (cents, n) => {
          const amounts = Array.from({ length: n }, (_, i) => installmentCents(cents, n, i + 1));
          assert.equal(amounts[0], Math.round(cents / 4));
          assert.equal(
            amounts.reduce((a, b) => a + b, 0),
            cents,
          );
          const rest = amounts.slice(1);
          assert.ok(Math.max(...rest) - Math.min(...rest) < n, 'only odd cents differ');
        },
      ),
    );
  });

  it('falls due every fourteen days from the checkout', () => {
    assert.deepEqual(
      [1, 2, 3, 12].map((n) => dueDay(DAY, n) - DAY),
      [0, 14, 28, 154],
    );
  });

  it('ends each later instalment exactly once', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const ends = events(plan).filter(({ outcome }) => outcome !== 'missed');
        const numbers = ends.map(({ installment }) => installment);
        assert.deepEqual(
          numbers,
          Array.from({ length: plan.count - 1 }, (_, i) => i + 2),
        );
      }),
    );
  });

  it('becomes known in the order of time, and never later than it says', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const all = events(plan);
        assert.ok(all.every(({ at }, i) => i === 0 || at >= all[i - 1]!.at));
        assert.ok(dayOf(all.at(-1)!) <= DAY + LONGEST_PLAN_DAYS);
      }),
    );
  });

  it('pays on the due day or up to thirteen days late', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        for (const event of events(plan).filter(({ outcome }) => outcome === 'paid')) {
          assert.ok(event.daysLate >= 0 && event.daysLate <= 13);
          assert.equal(dayOf(event), dueDay(DAY, event.installment) + event.daysLate);
        }
      }),
    );
  });

  it('is missed at most once, fourteen days after the due day, after all that was paid', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const all = events(plan);
        const missed = all.filter(({ outcome }) => outcome === 'missed');
        assert.equal(missed.length, plan.fall === null ? 0 : 1);
        if (missed.length === 0) return;
        const [fall] = missed as [Repayment];
        assert.equal(dayOf(fall), dueDay(DAY, fall.installment) + 14);
        assert.equal(fall.daysLate, 14);
        assert.equal(fall.installment, missedInstallment(plan));
        const before = all.slice(0, all.indexOf(fall));
        assert.ok(before.every(({ outcome }) => outcome === 'paid'));
      }),
    );
  });

  it('is recovered or written off as one sum, within ninety days of the missed due day', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const all = events(plan);
        const fall = all.findIndex(({ outcome }) => outcome === 'missed');
        if (fall < 0) return;
        const after = all.slice(fall + 1);
        const due = dueDay(DAY, all[fall]!.installment);
        assert.equal(new Set(after.map(({ at, outcome }) => `${at} ${outcome}`)).size, 1);
        for (const event of after) {
          const late = dayOf(event) - dueDay(DAY, event.installment);
          assert.equal(event.daysLate, Math.max(0, late));
        }
        const days = dayOf(after[0]!) - due;
        if (after[0]!.outcome === 'charged_off') assert.equal(days, 90);
        else assert.ok(days >= 15 && days <= 89, `${days}`);
      }),
    );
  });

  it('misses as often as the hazard says', () => {
    const odds = { calm: -2, troubled: -2 };
    const health = new Health(rootKey(1), 0, DAY * DAY_MS, 400 * DAY_MS);
    const chance = 1 / (1 + Math.exp(2 - 0.1));
    let missed = 0;
    for (let n = 0; n < 20_000; n += 1) {
      const plan = playOut(DAY, 100_00, 4, odds, health, new Random(split(rootKey(2), n)));
      if (missedInstallment(plan) === 2) missed += 1;
    }
    assert.ok(Math.abs(missed / 20_000 - chance) < 0.01, `${missed / 20_000}, not ${chance}`);
  });
});
