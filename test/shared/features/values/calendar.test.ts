import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  civilOf,
  DATE_PARTS,
  DAY,
  dayOf,
  daysOf,
  MAX_DATE,
  MIN_DATE,
  PERIODS,
  TIME_PARTS,
} from '../../../../shared/features/values/calendar.ts';

const anyDay = fc.integer({ min: MIN_DATE, max: MAX_DATE });

describe('the calendar', () => {
  it('knows the day of every date, and the date of every day, as Date does', () => {
    fc.assert(
      fc.property(anyDay, (days) => {
        const civil = civilOf(days);
        const date = new Date(days * 86_400_000);
        const expected = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
        assert.deepEqual([civil.year, civil.month, civil.day], expected);
        assert.equal(daysOf(civil), days);
      }),
    );
  });

  it('spans the years 1 to 9999', () => {
    assert.deepEqual(civilOf(MIN_DATE), { year: 1, month: 1, day: 1 });
    assert.deepEqual(civilOf(MAX_DATE), { year: 9999, month: 12, day: 31 });
  });

  it('numbers weekdays from Sunday as 1', () => {
    fc.assert(
      fc.property(anyDay, (days) => {
        const expected = new Date(days * 86_400_000).getUTCDay() + 1;
        assert.equal(DATE_PARTS.get('DAYOFWEEK')?.of(days), expected);
      }),
    );
  });

  for (const [name, { number, start }] of PERIODS) {
    it(`begins each ${name} where its number changes`, () => {
      fc.assert(
        fc.property(anyDay, (days) => {
          const first = start(days);
          assert.ok(first <= days);
          assert.equal(number(first), number(days));
          assert.equal(number(first - 1), number(days) - 1);
          assert.equal(start(first), first);
        }),
      );
    });
  }

  for (const [name, { of, range }] of [...DATE_PARTS, ...TIME_PARTS]) {
    it(`keeps ${name} within what is said of it, and NULL as it is`, () => {
      const isTime = TIME_PARTS.has(name);
      const anyMoment = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
      const [low, high] = range ?? [1, 9999];
      fc.assert(
        fc.property(isTime ? anyMoment : anyDay, (value) => {
          const part = of(value);
          assert.ok(Number.isInteger(part) && part >= low && part <= high, String(part));
        }),
      );
      assert.ok(Number.isNaN(of(Number.NaN)));
    });
  }

  it('splits a moment into the day and the time that Date gives', () => {
    const anyMillisecond = fc.integer({ min: -8.64e12, max: 8.64e12 });
    fc.assert(
      fc.property(anyMillisecond, fc.integer({ min: 0, max: 999 }), (millis, rest) => {
        const micros = millis * 1000 + rest;
        const date = new Date(millis);
        const parts = ['HOUR', 'MINUTE', 'SECOND', 'MILLISECOND'].map((name) =>
          TIME_PARTS.get(name)?.of(micros),
        );
        assert.deepEqual(parts, [
          date.getUTCHours(),
          date.getUTCMinutes(),
          date.getUTCSeconds(),
          date.getUTCMilliseconds(),
        ]);
        assert.equal(TIME_PARTS.get('MICROSECOND')?.of(micros), (parts[3] ?? 0) * 1000 + rest);
        assert.equal(dayOf(micros), Math.floor(millis / 86_400_000));
      }),
    );
  });

  it('is exact at the last microsecond of a day far from 1970', () => {
    const day = Math.floor(Number.MAX_SAFE_INTEGER / DAY);
    assert.equal(dayOf(day * DAY - 1), day - 1);
    assert.equal(dayOf(-day * DAY - 1), -day - 1);
  });
});
