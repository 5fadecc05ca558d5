import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createDayFinder,
  dayAfter,
  daysOf,
  isDue,
  nextBatch,
  startOf,
  timeDay,
} from '../../../functions/ingest/days.ts';

const MINUTE = 60_000;
const APRIL = daysOf({ start: '2026-04-01', end: '2026-04-30' });

describe('the days of an ingestion', () => {
  it('are whole ones in UTC, over months, leap days and changes of the clock', () => {
    assert.deepEqual(daysOf({ start: '2028-02-28', end: '2028-03-01' }), [
      '2028-02-28',
      '2028-02-29',
      '2028-03-01',
    ]);
    assert.equal(daysOf({ start: '2026-01-01', end: '2026-12-31' }).length, 365);
    assert.equal(dayAfter('2026-10-25'), '2026-10-26');
    assert.equal(dayAfter('2026-01-01', -1), '2025-12-31');
  });

  it('are due until they were ingested when they were over', () => {
    assert.ok(isDue('2026-04-01', undefined, undefined));
    assert.ok(isDue('2026-04-01', new Date('2026-04-01T23:59:59.999Z'), undefined));
    assert.ok(!isDue('2026-04-01', startOf('2026-04-02'), undefined));
  });

  it('are due again when they were ingested before a given moment, and not at it', () => {
    const moment = new Date('2026-05-01T10:00:00Z');
    assert.ok(isDue('2026-04-01', new Date('2026-05-01T09:59:59Z'), moment));
    assert.ok(!isDue('2026-04-01', moment, moment));
  });

  it('come one first, then as many as take a minute, a month at most', () => {
    const hours = 60 * 60_000;
    assert.deepEqual(nextBatch(APRIL, undefined, hours), ['2026-04-01']);
    assert.deepEqual(nextBatch(APRIL, 15_000, hours), APRIL.slice(0, 4));
    assert.deepEqual(nextBatch(APRIL, 5 * MINUTE, hours), APRIL.slice(0, 1));
    const year = daysOf({ start: '2026-01-01', end: '2026-12-31' });
    assert.deepEqual(nextBatch(year, 0, hours), year.slice(0, 31));
  });

  it('come as far as the time goes, and not at all where not one fits', () => {
    assert.equal(nextBatch(APRIL, 5000, 30_000).length, 4);
    assert.deepEqual(nextBatch(APRIL, 30_000, 40_000), []);
    assert.deepEqual(nextBatch(APRIL, 10, -1), []);
    // A call gets on by one day at least, however short its time.
    assert.deepEqual(nextBatch(APRIL, undefined, -1), ['2026-04-01']);
  });

  it('come together only without a gap', () => {
    const days = ['2026-04-01', '2026-04-02', '2026-04-04', '2026-04-05'];
    assert.deepEqual(nextBatch(days, 1, MINUTE), days.slice(0, 2));
  });

  it('are all there in their batches, each once, for any speed', () => {
    const days = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 100 });
    fc.assert(
      fc.property(days, fc.integer({ min: 0, max: 90_000 }), (numbers, dayMs) => {
        const all = numbers.toSorted((a, b) => a - b).map((n) => dayAfter('2026-01-01', n));
        let left = all;
        const batches: string[][] = [];
        while (left.length > 0) {
          batches.push(nextBatch(left, batches.length ? dayMs : undefined, 10 * MINUTE));
          left = left.slice(batches.at(-1)!.length);
        }
        assert.deepEqual(batches.flat(), all);
      }),
    );
  });
});

describe('the day of a record', () => {
  it('is that of its own time, in UTC', () => {
    assert.equal(timeDay('2026-04-01T23:30:00-02:00'), '2026-04-02');
    assert.equal(timeDay('2026-04-01T23:30:00.123456Z'), '2026-04-01');
    for (const none of ['soon', 'Z', 7, null, undefined]) assert.equal(timeDay(none), undefined);
  });

  it('is that of the record before it where it has no time, or one of another day', () => {
    const find = createDayFinder({ start: '2026-04-01', end: '2026-04-03' });
    assert.equal(find(undefined), '2026-04-01');
    assert.equal(find('2026-04-02'), '2026-04-02');
    assert.equal(find(undefined), '2026-04-02');
    assert.equal(find('2026-03-09'), '2026-04-02');
    assert.equal(find('2026-04-01'), '2026-04-01');
    assert.equal(find('2026-04-04'), '2026-04-01');
  });
});
