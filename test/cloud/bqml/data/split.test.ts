import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Column } from '../../bigquery/ports.ts';
import type { ScalarType } from '../../bigquery/types.ts';
import { resolveOptions } from '../options/resolve.ts';
import type { Settings } from '../options/settings.ts';
import { orderByHash, RowHash } from './row_hash.ts';
import { type Split, splitRows } from './split.ts';

function settings(options: Record<string, unknown>): Settings {
  const all = { MODEL_TYPE: 'LOGISTIC_REG', ...options };
  return resolveOptions(
    Object.entries(all).map(([name, value]) => ({ name, value, line: 1, column: 1 })),
  );
}

const range = (n: number) => Uint32Array.from({ length: n }, (_, i) => i);
const sizes = ({ training, evaluation }: Split) => [training.length, evaluation.length];
const text = (values: (string | null)[], kind: ScalarType = 'STRING'): Column => ({
  name: 's',
  type: { kind },
  values,
});

describe('data split', () => {
  it('AUTO_SPLIT keeps small data whole, then takes a fifth, then 10,000 rows', () => {
    const auto = settings({});
    const expected = [
      [1, 1, 0],
      [499, 499, 0],
      [500, 400, 100],
      [50_000, 40_000, 10_000],
      [50_001, 40_001, 10_000],
      [200_000, 190_000, 10_000],
    ];
    for (const [rows, training, evaluation] of expected) {
      assert.deepEqual(sizes(splitRows(auto, range(rows!))), [training, evaluation]);
    }
  });

  it('RANDOM takes the fraction to two decimals, and splits as AUTO_SPLIT without one', () => {
    const random = { DATA_SPLIT_METHOD: 'RANDOM' };
    const fraction = settings({ ...random, DATA_SPLIT_EVAL_FRACTION: 0.254 });
    assert.deepEqual(sizes(splitRows(fraction, range(100))), [75, 25]);
    assert.deepEqual(sizes(splitRows(settings(random), range(100))), [100, 0]);
    assert.deepEqual(sizes(splitRows(settings(random), range(1000))), [800, 200]);
  });

  it('NO_SPLIT trains on all rows', () => {
    const none = settings({ DATA_SPLIT_METHOD: 'NO_SPLIT' });
    assert.deepEqual(sizes(splitRows(none, range(60_000))), [60_000, 0]);
  });

  it('CUSTOM evaluates on TRUE and NULL', () => {
    const custom = settings({ DATA_SPLIT_METHOD: 'CUSTOM', DATA_SPLIT_COL: 's' });
    const flags: Column = { name: 's', type: { kind: 'BOOL' }, values: [true, false, null, false] };
    assert.deepEqual(splitRows(custom, range(4), flags), {
      training: Uint32Array.from([1, 3]),
      evaluation: Uint32Array.from([0, 2]),
      test: new Uint32Array(),
    });
    assert.throws(
      () => splitRows(custom, range(1), text(['TRUE'])),
      /needs a column of type BOOL; s is STRING/,
    );
  });

  describe('of hyperparameter tuning', () => {
    const tuned = (options: Record<string, unknown> = {}) =>
      settings({ NUM_TRIALS: 2n, ...options });
    const three = ({ training, evaluation, test }: ReturnType<typeof splitRows>) => [
      training.length,
      evaluation.length,
      test.length,
    ];

    it('AUTO_SPLIT evaluates and tests on a tenth each, from 500 rows on', () => {
      assert.deepEqual(three(splitRows(tuned(), range(499))), [499, 0, 0]);
      assert.deepEqual(three(splitRows(tuned(), range(500))), [400, 50, 50]);
      assert.deepEqual(three(splitRows(tuned(), range(60_000))), [48_000, 6000, 6000]);
      const random = tuned({ DATA_SPLIT_METHOD: 'RANDOM' });
      assert.deepEqual(three(splitRows(random, range(1000))), [800, 100, 100]);
    });

    it('RANDOM takes both fractions, and no row twice', () => {
      const fractions = { DATA_SPLIT_EVAL_FRACTION: 0.2, DATA_SPLIT_TEST_FRACTION: 0.08 };
      const split = splitRows(tuned({ DATA_SPLIT_METHOD: 'RANDOM', ...fractions }), range(1000));
      assert.deepEqual(three(split), [720, 200, 80]);
      const { training, evaluation, test } = split;
      assert.equal(new Set([...training, ...evaluation, ...test]).size, 1000);
    });

    it('SEQ tests on the last rows and evaluates on those before them; NULL trains', () => {
      const seq = tuned({
        DATA_SPLIT_METHOD: 'SEQ',
        DATA_SPLIT_COL: 's',
        DATA_SPLIT_EVAL_FRACTION: 0.3,
        DATA_SPLIT_TEST_FRACTION: 0.2,
      });
      const split = splitRows(
        seq,
        range(10),
        text(['i', 'h', 'g', 'f', 'e', 'd', 'c', 'b', 'a', null]),
      );
      assert.deepEqual([...split.test], [0, 1]);
      assert.deepEqual([...split.evaluation], [2, 3, 4]);
      assert.deepEqual([...split.training], [5, 6, 7, 8, 9]);
    });

    it('CUSTOM reads TRAIN, EVAL and TEST, and refuses any other word', () => {
      const custom = tuned({ DATA_SPLIT_METHOD: 'CUSTOM', DATA_SPLIT_COL: 's' });
      const split = splitRows(custom, range(4), text(['TEST', 'TRAIN', 'EVAL', 'TRAIN']));
      assert.deepEqual(
        [split.training, split.evaluation, split.test].map((rows) => [...rows]),
        [[1, 3], [2], [0]],
      );
      for (const [word, shown] of [
        ['train', "'train'"],
        [null, 'NULL'],
      ] as const) {
        assert.throws(
          () => splitRows(custom, range(2), text(['TRAIN', word])),
          new RegExp(`must be 'TRAIN', 'EVAL' or 'TEST', but a row has ${shown}`),
        );
      }
      const flags: Column = { name: 's', type: { kind: 'BOOL' }, values: [true] };
      assert.throws(() => splitRows(custom, range(1), flags), /type STRING; s is BOOL/);
    });
  });

  describe('SEQ', () => {
    const seq = (fraction: number) =>
      settings({
        DATA_SPLIT_METHOD: 'SEQ',
        DATA_SPLIT_COL: 's',
        DATA_SPLIT_EVAL_FRACTION: fraction,
      });

    it('evaluates on the last rows in ascending order; NULL comes first', () => {
      const column = text(['c', null, 'a', 'e', 'b']);
      assert.deepEqual([...splitRows(seq(0.4), range(5), column).evaluation], [0, 3]);
      assert.deepEqual([...splitRows(seq(0.2), range(5), column).evaluation], [3]);
      // The whole of the values: the NULL still trains.
      assert.deepEqual([...splitRows(seq(0.99), range(5), column).evaluation], [0, 2, 3, 4]);
      assert.deepEqual(sizes(splitRows(seq(0), range(5), column)), [5, 0]);
    });

    it('evaluates on all rows that equal the threshold', () => {
      const column = text(['a', 'b', 'b', 'b', 'c']);
      assert.deepEqual([...splitRows(seq(0.4), range(5), column).evaluation], [1, 2, 3, 4]);
    });

    it('orders numbers as numbers, strings by code points and refuses what has no order', () => {
      const numbers: Column = {
        name: 's',
        type: { kind: 'INT64' },
        values: Float64Array.from([9, 10, 0, -1]),
        nulls: Uint8Array.from([0, 0, 1, 0]),
      };
      assert.deepEqual([...splitRows(seq(0.25), range(4), numbers).evaluation], [1]);
      const bigs: Column = { name: 's', type: { kind: 'INT64' }, values: [2n ** 60n, 9n, null] };
      assert.deepEqual([...splitRows(seq(0.34), range(3), bigs).evaluation], [0]);
      const astral = text(['\u{10000}', '\uffff']);
      assert.deepEqual([...splitRows(seq(0.5), range(2), astral).evaluation], [0]);
      assert.throws(
        () => splitRows(seq(0.5), range(1), text(['1'], 'JSON')),
        /can be ordered; s is/,
      );
    });

    it('never trains on a value at or above one that evaluates', () => {
      const values = fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { minLength: 1 });
      const property = fc.property(
        values,
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (xs, fraction) => {
          const column = text(xs.map((x) => (x === null ? null : String(x))));
          const { training, evaluation } = splitRows(seq(fraction), range(xs.length), column);
          assert.equal(training.length + evaluation.length, xs.length);
          const least = Math.min(...Array.from(evaluation, (row) => xs[row] ?? -1));
          for (const row of training) assert.ok((xs[row] ?? -1) < least);
        },
      );
      fc.assert(property);
    });
  });
});

describe('the order of rows', () => {
  const rows = fc.array(
    fc.tuple(
      fc.option(fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 })), { freq: 4 }),
      fc.option(fc.oneof(fc.constantFrom('a', 'b'), fc.string()), { freq: 4 }),
    ),
    { minLength: 1, maxLength: 40 },
  );

  function ordered(data: readonly (readonly [number | null, string | null])[], name = 'x') {
    const hash = new RowHash(data.length);
    hash.add({
      name,
      type: { kind: 'FLOAT64' },
      values: Float64Array.from(data, ([x]) => x ?? 0),
      nulls: Uint8Array.from(data, ([x]) => Number(x === null)),
    });
    hash.add({ name: 'y', type: { kind: 'STRING' }, values: data.map(([, y]) => y) });
    return Array.from(orderByHash(hash), (row) => data[row]!);
  }

  it('depends on their content alone, not on the order they come in', () => {
    const property = fc.property(
      rows.chain((data) =>
        fc.tuple(fc.constant(data), fc.shuffledSubarray(data, { minLength: data.length })),
      ),
      ([data, shuffled]) => {
        // −0 and 0 are one value.
        const plain = (row: readonly [number | null, string | null]) =>
          JSON.stringify([Number.isNaN(row[0]) ? 'NaN' : row[0], row[1]]);
        assert.deepEqual(ordered(shuffled).map(plain), ordered(data).map(plain));
      },
    );
    fc.assert(property);
  });

  it('depends on the names of the columns too', () => {
    const data = Array.from({ length: 100 }, (_, i) => [i, null] as const);
    assert.notDeepEqual(ordered(data), ordered(data, 'z'));
    assert.deepEqual(ordered(data), ordered(data, 'X'));
  });

  it('tells NULL from 0, NaN and the empty string', () => {
    const data = [
      [null, 'a'],
      [0, 'a'],
      [Number.NaN, 'a'],
      [0, null],
      [0, ''],
    ] as const;
    const hash = new RowHash(5);
    hash.add({
      name: 'x',
      type: { kind: 'FLOAT64' },
      values: Float64Array.from(data, ([x]) => x ?? 0),
      nulls: Uint8Array.from([1, 0, 0, 0, 0]),
    });
    hash.add({ name: 'y', type: { kind: 'STRING' }, values: data.map(([, y]) => y) });
    const keys = new Set(Array.from(hash.high, (high, i) => `${high} ${hash.low[i]}`));
    assert.equal(keys.size, 5);
  });

  it('tells apart what differs little: halves of a number and letters of a text', () => {
    const letters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
    const texts = ['', ...letters, ...letters.flatMap((a) => letters.map((b) => a + b))];
    // The two halves of every one of these differ in the same bits.
    const halves = texts.flatMap((_, i) => [(0x40000000 + i) ^ 0x55555555, 0x40000000 + i]);
    const numbers = new Float64Array(Uint32Array.from(halves).buffer);
    for (const column of [
      { type: { kind: 'STRING' }, values: texts } as const,
      { type: { kind: 'FLOAT64' }, values: numbers } as const,
    ]) {
      const hash = new RowHash(texts.length);
      hash.add({ name: 'x', ...column });
      const keys = new Set(Array.from(hash.high, (high, i) => `${high} ${hash.low[i]}`));
      assert.equal(keys.size, texts.length);
    }
  });

  it('spreads similar rows evenly: any fifth of the order is near a fifth of every tenth', () => {
    const count = 20_000;
    const hash = new RowHash(count);
    const values = Float64Array.from({ length: count }, (_, i) => i);
    hash.add({ name: 'id', type: { kind: 'INT64' }, values });
    const first = orderByHash(hash).subarray(0, count / 5);
    const tenths = new Array<number>(10).fill(0);
    for (const row of first) tenths[Math.floor((row * 10) / count)]!++;
    // 400 are expected in each; six standard deviations are 107.
    for (const tenth of tenths) assert.ok(Math.abs(tenth - 400) < 107, String(tenths));
    assert.equal(new Set(orderByHash(hash)).size, count);
  });
});
