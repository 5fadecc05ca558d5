import assert from 'node:assert/strict';
import fc from 'fast-check';
import { civil, dayFrom, dayOf, isoDate, isoTime, nthWeekday, weekday } from './dates.ts';

const days = fc.integer({ min: dayOf('1900-01-01'), max: dayOf('2200-12-31') });

describe('dates', () => {
  it('reads the text that it writes', () => {
    fc.assert(fc.property(days, (day) => dayOf(isoDate(day)) === day));
  });

  it('writes moments as JavaScript does', () => {
    const moments = fc.integer({ min: 0, max: 4e12 });
    fc.assert(fc.property(moments, (at) => isoTime(at) === new Date(at).toISOString()));
  });

  it('splits a day into what makes it up', () => {
    fc.assert(
      fc.property(days, (day) => {
        const { year, month, dayOfMonth } = civil(day);
        return dayFrom(year, month, dayOfMonth) === day;
      }),
    );
  });

  it('knows the weekday on both sides of 1970', () => {
    assert.equal(weekday(dayOf('2026-01-05')), 0);
    assert.equal(weekday(dayOf('2026-01-11')), 6);
    assert.equal(weekday(dayOf('1969-12-28')), 6);
  });

  it('finds the n-th weekday of a month', () => {
    assert.equal(isoDate(nthWeekday(2026, 5, 6, 2)), '2026-05-10');
    assert.equal(isoDate(nthWeekday(2026, 11, 3, 4)), '2026-11-26');
    assert.equal(isoDate(nthWeekday(2025, 9, 0, 1)), '2025-09-01');
  });

  it('refuses what is no date', () => {
    for (const text of ['2026-02-30', '2026-13-01', '2026-1-1', '', 'today', '20260101']) {
      assert.throws(() => dayOf(text), RangeError, text);
    }
  });
});
