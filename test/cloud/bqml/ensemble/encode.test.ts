import assert from 'node:assert/strict';
import type { CategoricalFeature, Coded, NumericFeature } from '../data/features.ts';
import { encode, learnEncoding } from './encode.ts';

const NUMBER: NumericFeature = {
  kind: 'numeric',
  name: 'n',
  column: 'n',
  type: 'FLOAT64',
  min: 0,
  max: 1,
  mean: 0.5,
  median: 0.5,
  stddev: 0.5,
  nullCount: 0,
};

const WORD: CategoricalFeature = {
  kind: 'categorical',
  name: 'w',
  column: 'w',
  type: 'STRING',
  vocabulary: ['_null_filler', 'a', 'b'],
  counts: [1, 3, 1],
  nullCount: 1,
};

const codes = (...values: number[]): Coded => ({
  kind: 'categorical',
  codes: Int32Array.from(values),
});
const NONE = { targets: new Float64Array(), classCount: 0 };
const missing = Number.NaN;

describe('encoding for trees', () => {
  it('numbers are rounded to float32 and NaN is missing, whatever the method', () => {
    const coded: Coded = { kind: 'numeric', values: Float64Array.from([0.1, missing, 1e300]) };
    for (const method of ['LABEL_ENCODING', 'ONE_HOT_ENCODING', 'TARGET_ENCODING']) {
      const encoding = learnEncoding(NUMBER, method, coded, NONE);
      assert.deepEqual(encode(encoding, coded), [
        Float32Array.from([Math.fround(0.1), missing, Number.POSITIVE_INFINITY]),
      ]);
    }
  });

  it('labels are codes; NULL and unseen categories are 0', () => {
    const coded = codes(2, 1, 0, -1);
    const encoding = learnEncoding(WORD, 'LABEL_ENCODING', coded, NONE);
    assert.deepEqual(encode(encoding, coded), [Float32Array.from([2, 1, 0, 0])]);
  });

  it('one-hot: 1 in the matching column, missing in the others; NULL has a column, unseen none', () => {
    const coded = codes(2, 1, 0, -1);
    const encoding = learnEncoding(WORD, 'ONE_HOT_ENCODING', coded, NONE);
    assert.deepEqual(encode(encoding, coded), [
      Float32Array.from([missing, missing, 1, missing]),
      Float32Array.from([missing, 1, missing, missing]),
      Float32Array.from([1, missing, missing, missing]),
    ]);
  });

  it('target, two classes: the share of the positive class; NULL and unseen are missing', () => {
    const trained = codes(1, 1, 1, 2, 0);
    const target = { targets: Float64Array.from([0, 0, 1, 1, 0]), classCount: 2 };
    const encoding = learnEncoding(WORD, 'TARGET_ENCODING', trained, target);
    assert.deepEqual(encode(encoding, codes(1, 2, 0, -1)), [
      Float32Array.from([Math.fround(2 / 3), 0, missing, missing]),
    ]);
  });

  it('target, three classes: the share of each, 0 being missing', () => {
    const trained = codes(1, 1, 1, 2, 0);
    const target = { targets: Float64Array.from([0, 0, 1, 2, 0]), classCount: 3 };
    const encoding = learnEncoding(WORD, 'TARGET_ENCODING', trained, target);
    assert.deepEqual(encode(encoding, codes(1, 2)), [
      Float32Array.from([Math.fround(2 / 3), missing]),
      Float32Array.from([Math.fround(1 / 3), missing]),
      Float32Array.from([missing, 1]),
    ]);
  });

  it('target, regression: the mean', () => {
    const target = { targets: Float64Array.from([1, 2, 6, 0, 5]), classCount: 0 };
    const encoding = learnEncoding(WORD, 'TARGET_ENCODING', codes(1, 1, 1, 2, 0), target);
    assert.deepEqual(encode(encoding, codes(1, 2, 0)), [Float32Array.from([3, 0, missing])]);
  });
});
