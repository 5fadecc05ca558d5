import assert from 'node:assert/strict';
import { evaluated, itGives } from './evaluated.ts';

const MOMENT = { ts: '2008-12-25T15:30:45.123456Z' };

describe('parts of times and dates in features', () => {
  itGives([
    ['EXTRACT(YEAR FROM ts)', 2008, MOMENT],
    ['EXTRACT(QUARTER FROM ts)', 4, MOMENT],
    ['EXTRACT(MONTH FROM ts)', 12, MOMENT],
    ['EXTRACT(DAY FROM ts)', 25, MOMENT],
    ['EXTRACT(DAYOFWEEK FROM ts)', 5, MOMENT],
    ['EXTRACT(DAYOFYEAR FROM ts)', 360, MOMENT],
    ['EXTRACT(HOUR FROM ts)', 15, MOMENT],
    ['EXTRACT(MINUTE FROM ts)', 30, MOMENT],
    ['EXTRACT(SECOND FROM ts)', 45, MOMENT],
    ['EXTRACT(MILLISECOND FROM ts)', 123, MOMENT],
    ['EXTRACT(MICROSECOND FROM ts)', 123456, MOMENT],
    ["EXTRACT(DAY FROM ts AT TIME ZONE 'UTC')", 25, MOMENT],
    ["EXTRACT(DATE FROM ts) = '2008-12-25'", true, MOMENT],
    ['EXTRACT(HOUR FROM ts)', 23, { ts: '1969-12-31T23:59:59.999999Z' }],
    ['EXTRACT(MICROSECOND FROM ts)', 999999, { ts: '1969-12-31T23:59:59.999999Z' }],
    ['EXTRACT(YEAR FROM d)', 2013, { d: '2013-12-25' }],
    ['EXTRACT(WEEK(SUNDAY) FROM d)', 45, { d: '2017-11-05' }],
    ['EXTRACT(WEEK(MONDAY) FROM d)', 44, { d: '2017-11-05' }],
    ['EXTRACT(ISOWEEK FROM ts)', 1, { ts: '2005-01-03T12:34:56Z' }],
    ['EXTRACT(ISOYEAR FROM ts)', 2008, { ts: '2007-12-31T12:00:00Z' }],
    ['EXTRACT(YEAR FROM d)', null, {}],
    ['DATE(ts) = d', true, { ts: '2024-01-01T01:00:00+02:00', d: '2023-12-31' }],
    ["DATE(ts, 'UTC') = d", true, { ts: '2023-12-31T23:00:00Z', d: '2023-12-31' }],
    ['UNIX_SECONDS(ts)', 1230219045, MOMENT],
    ['UNIX_SECONDS(ts)', -1, { ts: '1969-12-31T23:59:59.5Z' }],
    ['UNIX_MILLIS(ts)', 1, { ts: '1970-01-01T00:00:00.0018Z' }],
    ['UNIX_MICROS(ts)', -1, { ts: '1969-12-31T23:59:59.999999Z' }],
    ['UNIX_DATE(d)', 14238, { d: '2008-12-25' }],
  ]);

  // The table in the reference of EXTRACT: date, isoyear, isoweek, year, week.
  const CALENDAR = [
    ['2015-12-23', 2015, 52, 2015, 51],
    ['2015-12-26', 2015, 52, 2015, 51],
    ['2015-12-27', 2015, 52, 2015, 52],
    ['2015-12-28', 2015, 53, 2015, 52],
    ['2015-12-31', 2015, 53, 2015, 52],
    ['2016-01-01', 2015, 53, 2016, 0],
    ['2016-01-02', 2015, 53, 2016, 0],
    ['2016-01-03', 2015, 53, 2016, 1],
    ['2016-01-04', 2016, 1, 2016, 1],
    ['2016-01-09', 2016, 1, 2016, 1],
  ] as const;
  for (const [d, ...expected] of CALENDAR) {
    it(`numbers the weeks and years of ${d} as the reference does`, () => {
      const parts = ['ISOYEAR', 'ISOWEEK', 'YEAR', 'WEEK'];
      const found = parts.map((part) => evaluated(`EXTRACT(${part} FROM d)`, { d }));
      assert.deepEqual(found, expected);
    });
  }
});

describe('differences of times and dates in features', () => {
  itGives([
    ['DATE_DIFF(d, e, DAY)', 559, { d: '2010-07-07', e: '2008-12-25' }],
    ['DATE_DIFF(d, e, WEEK)', 1, { d: '2017-10-15', e: '2017-10-14' }],
    ['DATE_DIFF(d, e, YEAR)', 3, { d: '2017-12-30', e: '2014-12-30' }],
    ['DATE_DIFF(d, e, ISOYEAR)', 2, { d: '2017-12-30', e: '2014-12-30' }],
    ['DATE_DIFF(d, e, WEEK)', 0, { d: '2017-12-18', e: '2017-12-17' }],
    ['DATE_DIFF(d, e, WEEK(MONDAY))', 1, { d: '2017-12-18', e: '2017-12-17' }],
    ['DATE_DIFF(d, e, ISOWEEK)', 1, { d: '2017-12-18', e: '2017-12-17' }],
    ['DATE_DIFF(d, e, MONTH)', -1, { d: '2024-01-31', e: '2024-02-01' }],
    ['DATE_DIFF(d, e, QUARTER)', 1, { d: '2024-04-01', e: '2024-03-31' }],
    ["DATE_DIFF('2017-12-18', d, DAY)", 1, { d: '2017-12-17' }],
    ['DATE_DIFF(d, e, DAY)', null, { d: '2017-12-17' }],
    ['DATE_DIFF(ts, us, HOUR)', 1, { ts: '2024-01-01T01:59:59Z', us: '2024-01-01T00:00:00Z' }],
    ['TIMESTAMP_DIFF(d, e, MONTH)', 1, { d: '2024-02-01', e: '2024-01-31' }],
    [
      'TIMESTAMP_DIFF(ts, us, HOUR)',
      13410,
      { ts: '2010-07-07T10:20:00Z', us: '2008-12-25T15:30:00Z' },
    ],
    ["TIMESTAMP_DIFF(ts, '2018-10-14', DAY)", -61, { ts: '2018-08-14T00:00:00Z' }],
    ['TIMESTAMP_DIFF(ts, us, HOUR)', 0, { ts: '2001-02-01T00:00:01Z', us: '2001-02-01T01:00:00Z' }],
    [
      'TIMESTAMP_DIFF(ts, us, MICROSECOND)',
      -1,
      { ts: '1830-04-15T00:00:00.000000Z', us: '1830-04-15T00:00:00.000001Z' },
    ],
  ]);
});

describe('truncated times and dates in features', () => {
  const starts: [expression: string, start: string, row: Record<string, string>][] = [
    ['DATE_TRUNC(d, MONTH)', '2008-12-01', { d: '2008-12-25' }],
    ['DATE_TRUNC(d, WEEK)', '2017-11-05', { d: '2017-11-05' }],
    ['DATE_TRUNC(d, WEEK(MONDAY))', '2017-10-30', { d: '2017-11-05' }],
    ['DATE_TRUNC(d, ISOWEEK)', '2017-10-30', { d: '2017-11-05' }],
    ['DATE_TRUNC(d, ISOYEAR)', '2014-12-29', { d: '2015-06-15' }],
    ['DATE_TRUNC(d, QUARTER)', '1969-10-01', { d: '1969-12-31' }],
    ['DATE_TRUNC(d, YEAR)', '1969-01-01', { d: '1969-12-31' }],
    ['DATE_TRUNC(d, DAY)', '1969-12-31', { d: '1969-12-31' }],
    ['DATE(TIMESTAMP_TRUNC(ts, WEEK(MONDAY)))', '2017-10-30', { ts: '2017-11-05T12:00:00Z' }],
  ];
  for (const [expression, start, row] of starts) {
    it(`begins ${expression} of ${Object.values(row)} on ${start}`, () => {
      assert.equal(evaluated(`${expression} = DATE '${start}'`, row), true);
    });
  }

  itGives([
    ["TIMESTAMP_TRUNC(ts, HOUR) = '2008-12-25 15:00:00'", true, MOMENT],
    ["TIMESTAMP_TRUNC(ts, MINUTE, 'UTC') = '2008-12-25 15:30:00'", true, MOMENT],
    ["TIMESTAMP_TRUNC(ts, MILLISECOND) = '2008-12-25 15:30:45.123'", true, MOMENT],
    ['TIMESTAMP_TRUNC(ts, MICROSECOND) = ts', true, MOMENT],
    ["TIMESTAMP_TRUNC(ts, DAY) = '1969-12-31'", true, { ts: '1969-12-31T23:59:59.9Z' }],
    ["DATE_TRUNC(ts, MONTH) = '2008-12-01'", true, MOMENT],
    ['TIMESTAMP_TRUNC(ts, YEAR) IS NULL', true, {}],
  ]);
});

describe('literals of times and dates in features', () => {
  itGives([
    ["UNIX_SECONDS(TIMESTAMP '2014-09-27 12:30:00.45-08')", 1411849800],
    ["UNIX_MILLIS(TIMESTAMP '2017-01-18T12:34:56.123456Z')", 1484742896123],
    ["UNIX_SECONDS(TIMESTAMP '2014-9-7 1:2:3 UTC')", 1410051723],
    ["UNIX_SECONDS(TIMESTAMP '2014-09-27 12:30:00 +5:30')", 1411801200],
    ["UNIX_SECONDS(TIMESTAMP '2014-09-27')", 1411776000],
    ["UNIX_SECONDS(TIMESTAMP '2014-09-27-08:00')", 1411804800],
    ["UNIX_DATE(DATE '2014' '-09-27')", 16340],
    ["UNIX_DATE(DATE('2014-09-27'))", 16340],
  ]);
});
