import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import fc from 'fast-check';
import type { Booster, Tree } from '../../../../shared/bridge/booster.ts';
import { marginsOf } from '../../../../shared/bridge/evaluate.ts';
import { layOut } from '../../../../shared/bridge/kernel/layout.ts';
import { createPlainForest } from '../../../../shared/bridge/kernel/plain_forest.ts';
import {
  createForestKernel,
  createWasmForest,
} from '../../../../shared/bridge/kernel/wasm_forest.ts';
import * as arbitrary from '../arbitrary.ts';

const ENGINES = { WebAssembly: createWasmForest, 'plain TypeScript': createPlainForest };

const bits = (numbers: Float32Array) => [...new Uint32Array(numbers.buffer.slice(0))];

/** Row by row with the walk that is written for clarity. */
const slowly = (booster: Booster, rows: readonly Float32Array[]) =>
  Float32Array.from(rows.flatMap((row) => [...marginsOf(booster, row)]));

const flat = (rows: readonly Float32Array[]) => Float32Array.from(rows.flatMap((row) => [...row]));

const columnsOf = (rows: readonly Float32Array[], width: number) =>
  Array.from({ length: width }, (_, f) => Float32Array.from(rows, (row) => row[f]!));

function leaf(value: number, group = 0): Tree {
  return {
    group,
    left: Int32Array.of(-1),
    right: Int32Array.of(-1),
    feature: Uint32Array.of(0),
    threshold: Float32Array.of(0),
    defaultLeft: Uint8Array.of(0),
    value: Float32Array.of(value),
    gain: Float32Array.of(0),
    cover: Float32Array.of(1),
  };
}

const stump = (feature: number, threshold: number, defaultLeft: number): Tree => ({
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
  objective: 'reg:squarederror',
  version: [0, 0],
  featureCount: 1,
  groupCount: 1,
  baseMargins: Float32Array.of(0),
  trees,
  attributes: new Map(),
  ...rest,
});

for (const [name, create] of Object.entries(ENGINES)) {
  describe(`the forest in ${name}`, () => {
    const marginsFor = (booster: Booster, rows: readonly Float32Array[]) => {
      const out = new Float32Array(rows.length * booster.groupCount);
      create(booster).margins(flat(rows), out);
      return out;
    };

    const models = {
      'any trees': arbitrary.booster({ features: 4, depth: 5, groups: 3 }),
      'trees that go in pairs': arbitrary.pairedBooster({ features: 4, depth: 4 }),
    };
    for (const [what, model] of Object.entries(models)) {
      it(`gives the bits of the slow walk for ${what} and any rows, by row and by column`, () => {
        const rows = fc.array(arbitrary.row(4), { minLength: 1, maxLength: 9 });
        fc.assert(
          fc.property(model, rows, (booster, sample) => {
            const expected = bits(slowly(booster, sample));
            assert.deepEqual(bits(marginsFor(booster, sample)), expected);
            const out = new Float32Array(sample.length * booster.groupCount);
            create(booster).marginsOfColumns(columnsOf(sample, 4), out);
            assert.deepEqual(bits(out), expected);
          }),
          { numRuns: 300 },
        );
      });
    }

    it('is right on every row of a table of several chunks, whatever is left of the last call', () => {
      const rows = Array.from({ length: 2500 }, (_, i) =>
        Float32Array.of(((i * 37) % 101) / 101, i % 7 === 0 ? NaN : ((i * 53) % 97) / 97),
      );
      const trees = Array.from({ length: 21 }, (_, i) => ({
        ...stump(i % 2, (i + 1) / 23, i % 3 === 0 ? 1 : 0),
        group: i % 2,
        value: Float32Array.of(0, Math.fround(i / 7), -Math.fround(i / 11)),
      }));
      const booster = boosterOf(trees, {
        featureCount: 2,
        groupCount: 2,
        baseMargins: Float32Array.of(0.5, -1),
      });
      const forest = create(booster);
      const expected = bits(slowly(booster, rows));
      for (let repeat = 0; repeat < 2; repeat++) {
        const out = new Float32Array(5000).fill(9);
        forest.margins(flat(rows), out);
        assert.deepEqual(bits(out), expected);
        forest.marginsOfColumns(columnsOf(rows, 2), out.fill(9));
        assert.deepEqual(bits(out), expected);
      }
    });

    it('rounds float64 inputs to float32 before it compares', () => {
      const forest = create(boosterOf([stump(0, Math.fround(0.1), 0)]));
      const out = new Float32Array(2);
      forest.margins(Float64Array.of(0.1, 0.0999999), out);
      assert.deepEqual([...out], [1, -1]);
    });

    it('sends missing values by the learned direction and ties right, whatever the threshold', () => {
      for (const threshold of [-Infinity, -1, -0, 1e-45, 3.4e38, Infinity]) {
        for (const [defaultLeft, value] of [
          [1, -1],
          [0, 1],
        ] as const) {
          const booster = boosterOf([stump(0, threshold, defaultLeft)]);
          const rows = [Float32Array.of(NaN), Float32Array.of(threshold)];
          assert.deepEqual([...marginsFor(booster, rows)], [value, 1]);
        }
      }
    });

    it('sums float32 leaves in tree order from 0 and adds the base margin last before 1.3, first since', () => {
      const values = [1, 2 ** -24, 2 ** -24, -1];
      const trees = values.map((value) => leaf(value));
      const row = [Float32Array.of(0)];
      assert.deepEqual(
        [...marginsFor(boosterOf(trees, { baseMargins: Float32Array.of(0.5) }), row)],
        [0.5],
      );
      assert.deepEqual([...marginsFor(boosterOf(trees.toReversed()), row)], [2 ** -23]);
      assert.ok(Object.is(marginsFor(boosterOf([leaf(-0)]), row)[0], 0));
      const tiny = [2 ** -24, 2 ** -24].map((value) => leaf(value));
      const one = { baseMargins: Float32Array.of(1) };
      for (const [version, sum] of [
        [[0, 0], 1 + 2 ** -23],
        [[1, 2], 1 + 2 ** -23],
        [[1, 3], 1],
        [[3, 1], 1],
      ] as const) {
        assert.deepEqual([...marginsFor(boosterOf(tiny, { ...one, version }), row)], [sum]);
      }
    });

    it('gives the base margin where there are no trees, and nothing where there are no rows', () => {
      const empty = boosterOf([], { baseMargins: Float32Array.of(0.25, 0.5), groupCount: 2 });
      assert.deepEqual([...marginsFor(empty, [Float32Array.of(1)])], [0.25, 0.5]);
      assert.equal(marginsFor(empty, []).length, 0);
      const constant = boosterOf([leaf(3)], { featureCount: 0 });
      assert.deepEqual([...marginsFor(constant, [new Float32Array(0)])], [3]);
    });

    it('walks 500 trees of depth 8, and rows too wide to lie in the cache together', () => {
      const widths = [3, 30_000];
      for (const width of widths) {
        const trees = Array.from({ length: width === 3 ? 500 : 9 }, (_, t) => full(8, width, t));
        const booster = boosterOf(trees, { featureCount: width });
        const rows = Array.from({ length: 40 }, (_, r) =>
          Float32Array.from({ length: width }, (_, f) => ((r * 31 + f * 17) % 64) / 64),
        );
        assert.deepEqual(bits(marginsFor(booster, rows)), bits(slowly(booster, rows)));
      }
    });

    it('refuses trees that reach outside the row or the groups', () => {
      assert.throws(() => create(boosterOf([stump(3, 1, 0)])), /reads feature 3 of 1/);
      assert.throws(() => create(boosterOf([leaf(1, 2)])), /group 2 of 1/);
    });
  });
}

/** A full tree whose thresholds and leaves differ from node to node. */
function full(depth: number, features: number, seed: number): Tree {
  const count = 2 ** (depth + 1) - 1;
  const splits = 2 ** depth - 1;
  const index = Array.from({ length: count }, (_, i) => i);
  return {
    group: 0,
    left: Int32Array.from(index, (i) => (i < splits ? 2 * i + 1 : -1)),
    right: Int32Array.from(index, (i) => (i < splits ? 2 * i + 2 : -1)),
    feature: Uint32Array.from(index, (i) => (i * 7 + seed) % features),
    threshold: Float32Array.from(index, (i) => ((i * 13 + seed * 5) % 64) / 64),
    defaultLeft: Uint8Array.from(index, (i) => i % 2),
    value: Float32Array.from(index, (i) => Math.sin(i + seed)),
    gain: new Float32Array(count),
    cover: new Float32Array(count).fill(1),
  };
}

describe('the layout of a forest', () => {
  const packsOf = (trees: readonly Tree[]) =>
    layOut(boosterOf([...trees], { featureCount: 2, groupCount: 2 }), 0, 1).packCount;
  const round = (i: number) => [stump(0, i, 0), { ...stump(0, i, 0), group: 1 }];
  const rounds = Array.from({ length: 16 }, (_, i) => round(i));

  it('walks eight trees together, and their twins with them', () => {
    assert.equal(packsOf(rounds.flat()), 2);
    assert.equal(packsOf(rounds.flatMap(([tree]) => tree!)), 2);
  });

  it('keeps twins together on both sides of trees that have none', () => {
    const other = [stump(1, 0, 0), { ...stump(0, 0, 0), group: 1 }];
    assert.equal(packsOf([rounds, [other], rounds].flat(2)), 6);
  });

  it('walks every tree alone where that takes fewer packs', () => {
    const mixed = rounds.flatMap(([one, other], i) => (i % 2 ? [one!, other!] : [other!, one!]));
    assert.equal(packsOf(mixed), 4);
  });
});

describe('a forest kernel', () => {
  it('can be given to another forest, larger or smaller, which is right in its turn', () => {
    const kernel = createForestKernel();
    for (const trees of [3, 400, 1]) {
      const booster = boosterOf(
        Array.from({ length: trees }, (_, t) => full(6, 2, t)),
        { featureCount: 2 },
      );
      const row = Float32Array.of(0.3, 0.8);
      const out = new Float32Array(1);
      createWasmForest(booster, kernel).margins(row, out);
      assert.deepEqual(bits(out), bits(marginsOf(booster, row)));
    }
  });

  it('is not needed: the forest does without WebAssembly where the runtime has none', () => {
    const program = `
      import { createForest } from './forest.ts';
      const forest = createForest({ featureCount: 1, groupCount: 1, baseMargins: [0.5], version: [1, 7], trees: [] });
      const out = new Float32Array(1);
      forest.margins(Float32Array.of(1), out);
      console.log(typeof WebAssembly, out[0]);
    `;
    const resolveDir = fileURLToPath(new URL('../../../../shared/bridge/kernel', import.meta.url));
    const { outputFiles } = buildSync({
      stdin: { contents: program, resolveDir },
      bundle: true,
      write: false,
      format: 'cjs',
    });
    const { stdout, stderr } = spawnSync(process.execPath, ['--jitless', '-'], {
      encoding: 'utf8',
      input: outputFiles[0]!.text,
    });
    assert.equal(stdout, 'undefined 0.5\n', stderr);
  });
});
