import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Booster, Tree } from '../../../../shared/bridge/booster.ts';
import { marginsOf } from '../../../../shared/bridge/evaluate.ts';
import { booster as arbitraryBooster, row } from '../../../shared/bridge/arbitrary.ts';
import { margins, softprob } from './predict.ts';

/** Row by row with the walk of the bridge, which is written for clarity. */
function slowly(booster: Booster, columns: readonly Float32Array[]): Float32Array {
  const rows = Array.from(columns[0]!, (_, i) => Float32Array.from(columns, (c) => c[i]!));
  return Float32Array.from(rows.flatMap((values) => [...marginsOf(booster, values)]));
}

const bits = (numbers: Float32Array) => new Uint32Array(numbers.buffer.slice(0));

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
    const booster = boosterOf([]);
    const column = Float32Array.of(1);
    assert.throws(() => margins(booster, [column, column]), /reads 1 columns, got 2/);
    assert.throws(() => margins(boosterOf([], { featureCount: 0 }), []), RangeError);
    const two = boosterOf([], { featureCount: 2 });
    assert.throws(
      () => margins(two, [column, new Float32Array(3)]),
      /Column 1 has 3 rows, column 0 has 1/,
    );
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
