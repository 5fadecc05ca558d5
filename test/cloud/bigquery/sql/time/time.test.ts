import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  civil,
  daysInMonth,
  daysOf,
  FIRST_DAY,
  FIRST_MICROS,
  LAST_DAY,
  LAST_MICROS,
} from './civil.ts';
import { formatTimestamp } from './format.ts';
import { parseTimestamp } from './parse.ts';
import { parseTimestampBy } from './parse_format.ts';
import { datetimeText, timestampText } from './text.ts';
import { findZone, instantMicros, UTC, wallMicros } from './zones.ts';

const micros = fc.oneof(
  fc.bigInt(FIRST_MICROS, LAST_MICROS),
  fc.constantFrom(FIRST_MICROS, LAST_MICROS, 0n, -1n),
);
const zones = ['America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'];

describe('days and the calendar', () => {
  it('agree with Date on every day', () =>
    fc.assert(
      fc.property(fc.integer({ min: FIRST_DAY, max: LAST_DAY }), (days) => {
        const { year, month, day } = civil(days);
        const date = new Date(days * 86_400_000);
        assert.deepEqual(
          [year, month, day],
          [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()],
        );
        assert.equal(daysOf(year, month, day), days);
        assert.ok(day <= daysInMonth(year, month));
      }),
    ));
});

describe('timestamps as text', () => {
  it('come back, in the usual form and by formats', () => {
    const format = '%E4Y-%m-%d %H:%M:%E*S%Ez';
    fc.assert(
      fc.property(micros, (time) => {
        assert.equal(parseTimestamp(timestampText(time)), time);
        assert.equal(parseTimestampBy(format, formatTimestamp(format, time, UTC), UTC), time);
      }),
    );
  });

  it('show what ISO 8601 shows', () =>
    fc.assert(
      fc.property(micros, (time) => {
        const millis = Number(time - (((time % 1000n) + 1000n) % 1000n)) / 1000;
        const iso = new Date(millis).toISOString().slice(0, 19);
        assert.equal(datetimeText(time).slice(0, 19), iso);
      }),
    ));

  it('are refused when a part is out of its range', () => {
    for (const text of [
      '2023-02-29 00:00:00Z',
      '2024-01-01 24:00:00Z',
      '2024-01-01 00:60:00Z',
      '2024-01-01 00:00:00+15',
      '2024-13-01',
      '10000-01-01',
      '2024-01-01 00:00:00 Nowhere/City',
      '9999-12-31 23:59:59-01',
      '',
    ]) {
      assert.throws(() => parseTimestamp(text), { name: 'InvalidText' }, text);
    }
  });
});

describe('time zones', () => {
  it('show the clock that Intl shows', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_102_444_800 }),
        fc.constantFrom(...zones),
        (seconds, name) => {
          const shown = new Intl.DateTimeFormat('sv-SE', {
            timeZone: name,
            dateStyle: 'short',
            timeStyle: 'medium',
          }).format(seconds * 1000);
          const wall = wallMicros(BigInt(seconds) * 1_000_000n, findZone(name)!);
          assert.equal(datetimeText(wall, ' '), shown);
        },
      ),
    ));

  it('come back from the clock, unless the clock shows the time twice', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_102_444_800 }),
        fc.constantFrom(...zones),
        (seconds, name) => {
          const zone = findZone(name)!;
          const time = BigInt(seconds) * 1_000_000n;
          const back = instantMicros(wallMicros(time, zone), zone);
          assert.equal(wallMicros(back, zone), wallMicros(time, zone));
          assert.ok(back <= time && time - back <= 3_600_000_000n);
        },
      ),
    ));

  it('are known by name and by offset', () => {
    for (const name of ['+1', '-08:00', '+05:30', 'UTC', 'Asia/Tokyo'])
      assert.ok(findZone(name), name);
    for (const name of ['', 'x', '+15', '+05:60', 'Nowhere/City'])
      assert.equal(findZone(name), undefined, name);
  });
});
