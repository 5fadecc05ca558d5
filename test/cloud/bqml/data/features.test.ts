import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Column } from '../../bigquery/ports.ts';
import type { ScalarType } from '../../bigquery/types.ts';
import { code, learnCategorical, learnNumeric } from './features.ts';
import { median } from './quantiles.ts';
import { coerces, compareText, textAt, valueFromText } from './values.ts';

const rowsOf = (n: number) => Uint32Array.from({ length: n }, (_, i) => i);
const source = (type: ScalarType) => ({ name: 'x', column: 'x', type });

function numeric(values: (number | null)[]): Column {
  return {
    name: 'x',
    type: { kind: 'FLOAT64' },
    values: Float64Array.from(values, (value) => value ?? 0),
    nulls: Uint8Array.from(values, (value) => Number(value === null)),
  };
}

const categorical = (values: unknown[], kind: ScalarType = 'STRING'): Column => ({
  name: 'x',
  type: { kind },
  values,
});

describe('features', () => {
  it('numeric: statistics are of the training rows, without NULL and NaN', () => {
    const column = numeric([1, null, 4, Number.NaN, 7, 1000]);
    const feature = learnNumeric(source('FLOAT64'), column, rowsOf(5));
    const { min, max, mean, stddev, nullCount } = feature;
    assert.deepEqual([min, max, mean, stddev, nullCount], [1, 7, 4, 3, 1]);
    assert.equal(feature.median, 4);
  });

  it('numeric: NULL becomes the training mean, NaN stays', () => {
    const feature = learnNumeric(source('FLOAT64'), numeric([1, 3]), rowsOf(2));
    const coded = code(feature, numeric([null, Number.NaN, 5]));
    assert.deepEqual(coded, { kind: 'numeric', values: Float64Array.from([2, Number.NaN, 5]) });
  });

  it('numeric: without any value all statistics are NaN; a constant does not vary', () => {
    const none = learnNumeric(source('FLOAT64'), numeric([null, null]), rowsOf(2));
    for (const key of ['min', 'max', 'mean', 'median', 'stddev'] as const) {
      assert.ok(Number.isNaN(none[key]), key);
    }
    const constant = learnNumeric(source('FLOAT64'), numeric([0.1, 0.1, 0.1]), rowsOf(3));
    assert.equal(constant.stddev, 0);
  });

  it('numeric: reads INT64 beyond 2^53 and NUMERIC text', () => {
    const big = learnNumeric(source('INT64'), categorical([2n ** 60n, null], 'INT64'), rowsOf(2));
    assert.equal(big.max, 2 ** 60);
    const text = learnNumeric(source('NUMERIC'), categorical(['1.5', '2.5'], 'NUMERIC'), rowsOf(2));
    assert.equal(text.mean, 2);
  });

  it('categorical: the vocabulary is sorted by code points behind the filler of NULL', () => {
    const values = ['b', null, 'ä', '\u{1f600}', 'a', '\uffff', 'b', 'unseen'];
    const feature = learnCategorical(source('STRING'), categorical(values), rowsOf(7));
    const expected = ['_null_filler', 'a', 'b', 'ä', '\uffff', '\u{1f600}'];
    assert.deepEqual(feature.vocabulary, expected);
    assert.deepEqual(feature.counts, [1, 1, 2, 1, 1, 1]);
    assert.equal(feature.nullCount, 1);
    const coded = code(feature, categorical(['a', 'unseen', null, '_null_filler', '\u{1f600}']));
    assert.deepEqual(coded, { kind: 'categorical', codes: Int32Array.from([1, -1, 0, 0, 5]) });
  });

  it('categorical: booleans, bytes and dates are known by their text', () => {
    const learn = (values: unknown[], kind: ScalarType) =>
      learnCategorical(source(kind), categorical(values, kind), rowsOf(values.length)).vocabulary;
    assert.deepEqual(learn([true, false], 'BOOL'), ['_null_filler', 'false', 'true']);
    assert.deepEqual(learn([new Uint8Array([0x61, 0xff])], 'BYTES'), ['_null_filler', 'a\u00ff']);
    assert.deepEqual(learn(['2026-01-02'], 'DATE'), ['_null_filler', '2026-01-02']);
  });

  it('text and value are the same thing for every type of class', () => {
    const cases: [ScalarType, unknown][] = [
      ['BOOL', true],
      ['BOOL', false],
      ['STRING', 'x'],
      ['INT64', 2n ** 60n],
      ['BYTES', new Uint8Array([0, 255])],
      ['DATE', '2026-01-02'],
    ];
    for (const [type, value] of cases) {
      assert.deepEqual(valueFromText(type, textAt(categorical([value], type), 0)!), value);
    }
    const property = fc.property(fc.double({ noNaN: true }), (x) => {
      assert.equal(valueFromText('FLOAT64', textAt(numeric([x + 0]), 0)!), x + 0);
    });
    fc.assert(property);
  });

  it('text is ordered as its UTF-8 bytes are', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '\uffff', '\ue000', '\u{10000}') });
    const property = fc.property(text, text, (a, b) => {
      const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
      assert.equal(Math.sign(compareText(a, b)), bytes);
    });
    fc.assert(property);
  });

  it('the median is that of the sorted numbers', () => {
    const property = fc.property(fc.array(fc.double({ noNaN: true, min: -9, max: 9 })), (xs) => {
      const sorted = [...xs].sort((a, b) => a - b);
      const half = sorted.length >> 1;
      const expected =
        sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
      const actual = median(Float64Array.from(xs));
      if (xs.length === 0) assert.ok(Number.isNaN(actual));
      else assert.ok(actual === expected);
    });
    fc.assert(property);
  });

  it('numbers widen, and nothing else is converted', () => {
    const type = (kind: ScalarType) => ({ kind });
    assert.ok(coerces(type('INT64'), type('FLOAT64')));
    assert.ok(coerces(type('NUMERIC'), type('BIGNUMERIC')));
    assert.ok(!coerces(type('FLOAT64'), type('INT64')));
    assert.ok(!coerces(type('INT64'), type('STRING')));
    assert.ok(coerces(type('STRING'), type('STRING')));
  });
});
