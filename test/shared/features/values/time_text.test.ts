import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  parseDate,
  parseDateLiteral,
  parseRfc3339,
  parseTimestampLiteral,
} from '../../../../shared/features/values/time_text.ts';
import { toDate, toRfc3339 } from '../arbitrary_rows.ts';

describe('RFC 3339 text', () => {
  it('is read to the microsecond, whatever the offset', () => {
    const micros = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });
    fc.assert(
      fc.property(micros, offset, (moment, minutes) => {
        assert.equal(parseRfc3339(toRfc3339([moment, minutes])), moment);
      }),
    );
  });

  it('is read as Date reads it, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: -6.2e13, max: 2.5e14 }), (millis) => {
        assert.equal(parseRfc3339(new Date(millis).toISOString()), millis * 1000);
      }),
    );
  });

  const accepted: [text: string, micros: number][] = [
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01t00:00:00z', 0],
    ['1970-01-01 00:00:00Z', 0],
    ['1970-01-01T00:00:00.1Z', 100_000],
    ['1970-01-01T00:00:00.000001Z', 1],
    ['1970-01-01T00:00:00.123456Z', 123_456],
    ['1969-12-31T23:59:59.999999Z', -1],
    ['1970-01-01T01:00:00+01:00', 0],
    ['1969-12-31T23:30:00-00:30', 0],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000_000],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000_000],
  ];
  for (const [text, micros] of accepted) {
    it(`reads ${text}`, () => assert.equal(parseRfc3339(text), micros));
  }

  const refused = [
    '',
    '1970-01-01',
    '1970-01-01T00:00:00',
    '1970-01-01T00:00Z',
    '1970-01-01T24:00:00Z',
    '1970-01-01T00:60:00Z',
    '2016-12-31T23:59:60Z',
    '1970-01-01T00:00:00.Z',
    '1970-01-01T00:00:00.1234567Z',
    '1970-01-01T00:00:00+1:00',
    '1970-01-01T00:00:00+0100',
    '1970-01-01T00:00:00+15:00',
    '1970-01-01T00:00:00+01:60',
    '1970-01-01T00:00:00Z ',
    '1970-01-01T00:00:00ZZ',
    ' 1970-01-01T00:00:00Z',
    '1970-01-01\u000000:00:00Z',
    '1970-01-01_00:00:00Z',
    '1970-13-01T00:00:00Z',
    '1970-00-01T00:00:00Z',
    '1970-01-32T00:00:00Z',
    '1970-01-00T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '１970-01-01T00:00:00Z',
    '1970/01/01T00:00:00Z',
    '1970-01-01T00-00-00Z',
    '+1970-01-01T00:00:0Z',
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseRfc3339(text), undefined));
  }

  it('gives a whole number or nothing for any text like it', () => {
    const soup = fc.array(fc.constantFrom(...'0123456789-:.TZ+ ')).map((parts) => parts.join(''));
    const mutated = fc.tuple(fc.nat(30), soup).map(([at, extra]) => {
      const text = '2024-02-29T12:34:56.789Z';
      return text.slice(0, at) + extra + text.slice(at + extra.length);
    });
    fc.assert(
      fc.property(fc.oneof(soup, mutated), (text) => {
        const micros = parseRfc3339(text);
        assert.ok(micros === undefined || Number.isInteger(micros));
      }),
    );
  });
});

describe('date text', () => {
  it('is read as the day it names', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), (days) => {
        assert.equal(parseDate(toDate(days)), days);
      }),
    );
  });

  for (const text of ['', '1970-1-01', '1970-01-01 ', '1970-01-01T', '19700101', '2023-02-29']) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseDate(text), undefined));
  }

  it('may have short fields in a literal, and nothing else may differ', () => {
    assert.equal(parseDateLiteral('1970-1-2'), 1);
    assert.equal(parseDateLiteral('1970-01-02'), 1);
    for (const text of ['70-1-2', '1970-1', '1970-1-2-3', '1970-1-2 ', '1970-13-2', 'x']) {
      assert.equal(parseDateLiteral(text), undefined, text);
    }
  });
});

describe('timestamp literals', () => {
  for (const text of ['2024-01-01 1:2', '2024-01-01 25:00:00', '2024-01-01T', '2024-01-01 UTC+1']) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.equal(parseTimestampLiteral(text), undefined));
  }

  it('has no more digits of a second than are exact', () => {
    assert.equal(parseTimestampLiteral('1970-01-01 00:00:00.123456'), 123_456);
    assert.equal(parseTimestampLiteral('1970-01-01 00:00:00.1234567'), undefined);
  });
});
