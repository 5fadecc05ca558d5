import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Booster, Tree } from '../../../../shared/bridge/booster.ts';
import { marginsOf } from '../../../../shared/bridge/evaluate.ts';
import { booster as arbitraryBooster, row } from '../../../shared/bridge/arbitrary.ts';
import { margins, softprob } from './predict.ts';
import { randomBits, uniform } from './random.ts';

/** Row by row with the walk of the bridge, which is written for clarity. */
function slowly(booster: Booster, columns: readonly Float32Array[]): Float32Array {
  const rows = Array.from(columns[0]!, (_, i) => Float32Array.from(columns, (c) => c[i]!));
  return Float32Array.from(rows.flatMap((values) => [...marginsOf(booster, values)]));
}

const bits = (numbers: Float32Array) => new Uint32Array(numbers.buffer.slice(0));

const leaf = (value: number, group = 0): Tree => ({
  group,
  left: Int32Array.of(-1),
  right: Int32Array.of(-1),
  feature: Uint32Array.of(0),
  threshold: Float32Array.of(0),
  defaultLeft: Uint8Array.of(0),
  value: Float32Array.of(value),
  gain: Float32Array.of(0),
  cover: Float32Array.of(1),
});

const stump = (feature: number, threshold: number, defaultLeft: 0 | 1): Tree => ({
  group: 0,
  left: Int32Array.of(1, -1, -1),
  right: Int32Array.of(2, -1, -1),
  feature: Uint32Array.of(feature, 0, 0),
  threshold: Float32Array.of(threshold, 0, 0),
  defaultLeft: Uint8Array.of(defaultLeft, 0, 0),
  value: Float32Array.of(0, -1, 1),
  gain: Float32Array.of(1, 0, 0),
  cover: Float32Array.of(2, 1, 1),
});

const boosterOf = (trees: Tree[], rest: Partial<Booster> = {}): Booster => ({
  objective: 'reg:linear',
  version: [0, 0],
  featureCount: 1,
  groupCount: 1,
  baseMargins: Float32Array.of(0),
  trees,
  attributes: new Map(),
  ...rest,
});

describe('margins', () => {
  it('are those of the slow walk, to the last bit, for any trees and rows', () => {
    const example = arbitraryBooster({ features: 4, depth: 5, groups: 3 }).chain((drawn) =>
      fc.tuple(
        fc.constant(drawn),
        fc.array(row(drawn.featureCount), { minLength: 1, maxLength: 9 }),
      ),
    );
    fc.assert(
      fc.property(example, ([booster, rows]) => {
        const columns = Array.from({ length: booster.featureCount }, (_, f) =>
          Float32Array.from(rows, (values) => values[f]!),
        );
        assert.deepEqual(bits(margins(booster, columns)), bits(slowly(booster, columns)));
      }),
    );
  });

  it('are right on every row of a table that takes several chunks', () => {
    const random = randomBits(1);
    const number = () => (random() % 8 === 0 ? Number.NaN : Math.fround(uniform(random) * 4 - 2));
    const columns = Array.from({ length: 3 }, () => Float32Array.from({ length: 2500 }, number));
    const trees = Array.from({ length: 21 }, (_, i) => ({
      ...stump(i % 3, Math.fround(uniform(random) - 0.5), i % 2 === 0 ? 0 : 1),
      group: i % 2,
      value: Float32Array.of(0, uniform(random), -uniform(random)),
    }));
    const booster = boosterOf(trees, {
      featureCount: 3,
      groupCount: 2,
      baseMargins: Float32Array.of(0.5, 0.5),
    });
    assert.deepEqual(bits(margins(booster, columns)), bits(slowly(booster, columns)));
  });

  it('send missing values where the split says, whatever its threshold', () => {
    for (const threshold of [-Infinity, -1, 0, 3.4e38, Infinity]) {
      for (const [defaultLeft, value] of [
        [1, -1],
        [0, 1],
      ] as const) {
        const booster = boosterOf([stump(0, threshold, defaultLeft)]);
        assert.deepEqual([...margins(booster, [Float32Array.of(NaN)])], [value]);
      }
    }
  });

  it('send a value that equals the threshold right, infinite ones too', () => {
    for (const threshold of [-Infinity, 0, 0.1, Infinity]) {
      const booster = boosterOf([stump(0, threshold, 1)]);
      assert.deepEqual([...margins(booster, [Float32Array.of(threshold)])], [1]);
    }
  });

  it('sum float32 leaves in tree order and add the base margin last', () => {
    const values = [1, 2 ** -24, 2 ** -24, -1];
    const booster = boosterOf(
      values.map((value) => leaf(value)),
      { baseMargins: Float32Array.of(0.5) },
    );
    assert.deepEqual([...margins(booster, [Float32Array.of(0)])], [0.5]);
    const reversed = boosterOf(values.toReversed().map((value) => leaf(value)));
    assert.deepEqual([...margins(reversed, [Float32Array.of(0)])], [2 ** -23]);
  });

  it('are the base margin where there are no trees, and none where there are no rows', () => {
    const booster = boosterOf([], { baseMargins: Float32Array.of(0.25, 0.25), groupCount: 2 });
    assert.deepEqual([...margins(booster, [Float32Array.of(1, 2)])], [0.25, 0.25, 0.25, 0.25]);
    assert.equal(margins(booster, [new Float32Array(0)]).length, 0);
  });

  it('walk a tree that is one long branch', () => {
    const depth = 40;
    const nodes = 2 * depth + 1;
    const isSplit = (node: number) => node % 2 === 0 && node < nodes - 1;
    const index = Array.from({ length: nodes }, (_, node) => node);
    const tree: Tree = {
      group: 0,
      left: Int32Array.from(index, (node) => (isSplit(node) ? node + 1 : -1)),
      right: Int32Array.from(index, (node) => (isSplit(node) ? node + 2 : -1)),
      feature: new Uint32Array(nodes),
      threshold: Float32Array.from(index, (node) => (isSplit(node) ? node / 2 : 0)),
      defaultLeft: new Uint8Array(nodes),
      value: Float32Array.from(index, (node) => node),
      gain: new Float32Array(nodes),
      cover: new Float32Array(nodes),
    };
    const column = Float32Array.from({ length: depth + 5 }, (_, i) => i - 2);
    const booster = boosterOf([tree]);
    assert.deepEqual(margins(booster, [column]), slowly(booster, [column]));
  });

  it('refuse columns that do not fit the booster, naming what does not', () => {
    const booster = boosterOf([stump(0, 1, 0)]);
    const column = Float32Array.of(1);
    assert.throws(() => margins(booster, [column, column]), /reads 1 columns, got 2/);
    assert.throws(() => margins(boosterOf([], { featureCount: 0 }), []), RangeError);
    const two = boosterOf([], { featureCount: 2 });
    assert.throws(
      () => margins(two, [column, new Float32Array(3)]),
      /Column 1 has 3 rows, column 0 has 1/,
    );
    const wild = boosterOf([stump(3, 1, 0)]);
    assert.throws(() => margins(wild, [column]), /reads feature 3 of 1/);
    assert.throws(() => margins(boosterOf([leaf(1, 2)]), [column]), /group 2 of 1/);
  });
});

describe('softprob', () => {
  it('gives probabilities that sum to 1 and order as the margins do', () => {
    const margin = fc.float({ min: -80, max: 80, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(margin, margin, margin), { minLength: 1 }), (rows) => {
        const probabilities = softprob(Float32Array.from(rows.flat()), 3);
        rows.forEach((row, i) => {
          const own = probabilities.subarray(3 * i, 3 * i + 3);
          const exponentials = row.map((x) => Math.exp(x - Math.max(...row)));
          const sum = exponentials.reduce((a, b) => a + b);
          own.forEach((p, k) => {
            assert.ok(Math.abs(p - exponentials[k]! / sum) < 2e-7);
          });
        });
      }),
    );
  });

  it('leaves its input alone, and takes more rows than a chunk', () => {
    const input = new Float32Array(2 * 3000).fill(1);
    assert.ok(softprob(input, 2).every((p) => p === 0.5));
    assert.ok(input.every((x) => x === 1));
  });

  it('refuses margins that are no rows of so many classes', () => {
    assert.throws(() => softprob(new Float32Array(5), 2), /5 margins are not rows of 2 classes/);
    assert.throws(() => softprob(new Float32Array(4), 0), RangeError);
  });
});
