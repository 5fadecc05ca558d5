import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type Booster, sameMargins, type Tree } from '../../../../shared/bridge/booster.ts';
import { readXgboostBinary } from '../../../../shared/bridge/xgboost/binary.ts';
import { randoms } from '../testing.ts';
import { margins, softprob } from '../trees/predict.ts';
import { writeLegacyBinary } from './legacy_binary.ts';
import { hasPythonXgboost, predictWithMlXgboost, predictWithPython } from './oracle/xgboost.ts';
import { pairChildren } from './paired_children.ts';

/** A tree of random shape and values over `features` columns. */
function randomTree(random: () => number, group: number, features: number, depth: number): Tree {
  type Node = [left: number, right: number, feature: number, threshold: number, value: number];
  const nodes: Node[] = [];
  const grow = (left: number): number => {
    const at = nodes.length;
    nodes.push([-1, -1, 0, 0, Math.fround(random() * 2 - 1)]);
    if (left === 0 || random() < 0.2) return at;
    const feature = Math.floor(random() * features);
    const [a, b] = [grow(left - 1), grow(left - 1)];
    nodes[at] = [a, b, feature, Math.fround(random() * 4 - 2), 0];
    return at;
  };
  grow(depth);
  const pick = (i: number) => nodes.map((node) => node[i]!);
  return {
    group,
    left: Int32Array.from(pick(0)),
    right: Int32Array.from(pick(1)),
    feature: Uint32Array.from(pick(2)),
    threshold: Float32Array.from(pick(3)),
    defaultLeft: Uint8Array.from(nodes, ([left]) => Number(left >= 0 && random() < 0.5)),
    value: Float32Array.from(pick(4)),
    gain: Float32Array.from(nodes, ([left]) => (left < 0 ? 0 : random())),
    cover: Float32Array.from(nodes, () => 1 + random()),
  };
}

function randomBooster(seed: number, classes: number, version: readonly [number, number]): Booster {
  const random = randoms(seed);
  const groupCount = Math.max(classes, 1);
  const features = 3;
  const trees = Array.from({ length: 4 * groupCount }, (_, i) =>
    randomTree(random, i % groupCount, features, 1 + Math.floor(random() * 4)),
  );
  return {
    objective: classes > 0 ? 'multi:softprob' : version[0] < 1 ? 'reg:linear' : 'reg:squarederror',
    version,
    featureCount: features,
    groupCount,
    baseMargins: sameMargins(groupCount, 0.5),
    trees,
    attributes: new Map([['best_iteration', '3']]),
  };
}

/** Rows with thresholds, numbers around them, missing and infinite values. */
function probes(booster: Booster, seed: number): Float32Array[] {
  const random = randoms(seed);
  const thresholds = booster.trees.flatMap((tree) => [...tree.threshold]);
  const value = () => {
    const kind = random();
    if (kind < 0.2) return Number.NaN;
    if (kind < 0.5) return thresholds[Math.floor(random() * thresholds.length)]!;
    return random() * 5 - 2.5;
  };
  return Array.from({ length: booster.featureCount }, () =>
    Float32Array.from({ length: 200 }, value),
  );
}

const expectedOutput = (booster: Booster, columns: readonly Float32Array[]): Float32Array => {
  const sums = margins(booster, columns);
  return booster.groupCount > 1 ? softprob(sums, booster.groupCount) : sums;
};

/** Columns as rows, null where missing. */
const rowsOf = (columns: readonly Float32Array[]): (number | null)[][] =>
  Array.from(columns[0]!, (_, row) =>
    columns.map((column) => (Number.isNaN(column[row]!) ? null : column[row]!)),
  );

interface Variant {
  readonly name: string;
  readonly booster: Booster;
  readonly columns: readonly Float32Array[];
  readonly model: Uint8Array;
}

/** Written boosters of several versions, classes and kinds, with rows to score. */
const variants = (versions: readonly (readonly [number, number])[]): Variant[] =>
  versions.flatMap((version) =>
    [0, 2, 3].flatMap((classes) =>
      (['gbtree', 'dart'] as const).map((kind) => {
        const booster = randomBooster(7 + classes, classes, version);
        const options = { booster: kind, metrics: [classes ? 'mlogloss' : 'rmse'] };
        return {
          name: `version ${version.join('.')}, ${classes} classes, ${kind}`,
          booster,
          columns: probes(booster, 11),
          model: writeLegacyBinary(booster, options),
        };
      }),
    ),
  );

/** XGBoost 0.7 predicts dart models of three classes wrongly itself. */
const gbtreeVariants = () => variants([[0, 0]]).filter(({ name }) => name.endsWith('gbtree'));

function agree(theirs: readonly number[], { name, booster, columns }: Variant): void {
  const ours = expectedOutput(booster, columns);
  assert.equal(theirs.length, ours.length, name);
  const off = Math.max(...theirs.map((p, i) => Math.abs(p - ours[i]!)));
  assert.ok(off <= 1e-6, `${name}: off by ${off}`);
}

const VERSIONS = [
  [0, 0],
  [1, 1],
] as const;

describe('the legacy binary of XGBoost', () => {
  it('is loaded by XGBoost 1.7, which predicts the same, with missing values too', function () {
    if (!hasPythonXgboost()) {
      console.log('      skipped: Debian’s python3-xgboost is not installed');
      this.skip();
    }
    const all = variants(VERSIONS);
    const jobs = all.map(({ model, columns }) => ({ model, rows: rowsOf(columns) }));
    predictWithPython(jobs).forEach((theirs, i) => {
      agree(theirs, all[i]!);
    });
  });

  it('is loaded by XGBoost 0.7, which predicts the same with gbtree', () => {
    const all = gbtreeVariants().map((variant) => {
      const columns = variant.columns.map((column) => column.map((x) => (Number.isNaN(x) ? 0 : x)));
      return { ...variant, columns };
    });
    const jobs = all.map(({ model, columns }) => ({ model, rows: rowsOf(columns) }));
    predictWithMlXgboost(jobs).forEach((theirs, i) => {
      agree(theirs, all[i]!);
    });
  });

  it('is read back as the same booster, node for node, by the reader of the bridge', () => {
    const cases = fc.tuple(
      fc.integer({ min: 1, max: 1e6 }),
      fc.constantFrom(0, 2, 3),
      fc.constantFrom(...VERSIONS),
      fc.constantFrom('gbtree', 'dart'),
    );
    const property = fc.property(cases, ([seed, classes, version, kind]) => {
      const booster = randomBooster(seed, classes, version);
      const paired = { ...booster, trees: booster.trees.map(pairChildren) };
      const options = { booster: kind, metrics: ['mlogloss', 'merror'] } as const;
      const read = readXgboostBinary(writeLegacyBinary(booster, options));
      const attributes = new Map(read.attributes);
      if (version[0] >= 1) {
        assert.equal(attributes.get('metrics'), 'mlogloss;merror;');
        assert.match(attributes.get('objective')!, /^{"name":/);
        attributes.delete('metrics');
        attributes.delete('objective');
      }
      assert.deepEqual({ ...read, attributes }, paired);
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('pairs children without changing what a tree says', () => {
    const property = fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const booster = randomBooster(seed, 0, [0, 0]);
      const columns = probes(booster, seed);
      const trees = booster.trees.map(pairChildren);
      assert.deepEqual(margins({ ...booster, trees }, columns), margins(booster, columns));
      for (const tree of trees) {
        tree.left.forEach((child, node) => {
          assert.equal(tree.right[node], child < 0 ? -1 : child + 1);
        });
        assert.equal(pairChildren(tree), tree);
      }
    });
    fc.assert(property, { numRuns: 30 });
  });

  it('is of the documented size: headers, 36 bytes a node, a group a tree', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.constantFrom(0, 2),
      (seed, k) => {
        const booster = {
          ...randomBooster(seed, k, [0, 0]),
          attributes: new Map<string, string>(),
        };
        const nodes = booster.trees.reduce((sum, tree) => sum + tree.left.length, 0);
        const strings = 16 + booster.objective.length + 'gbtree'.length;
        const size = 136 + strings + 160 + 152 * booster.trees.length + 36 * nodes;
        assert.equal(writeLegacyBinary(booster).length, size);
      },
    );
    fc.assert(property, { numRuns: 30 });
  });

  it('computes what a booster lacks as XGBoost does: parents, leaf children and node weights', () => {
    // A root with a leaf on the left and a split on the right; G is −2, 1 and 3, H is 4, 1 and 2.
    const [l2Reg, learnRate] = [1, 0.5];
    const leaf = (g: number, h: number) => (learnRate * -g) / (h + l2Reg);
    const tree: Tree = {
      group: 0,
      left: Int32Array.from([1, -1, 3, -1, -1]),
      right: Int32Array.from([2, -1, 4, -1, -1]),
      feature: Uint32Array.from([2, 0, 1, 0, 0]),
      threshold: Float32Array.from([0.5, 0, 1.5, 0, 0]),
      defaultLeft: Uint8Array.from([1, 0, 0, 0, 0]),
      value: Float32Array.from([0, leaf(-2, 4), 0, leaf(1, 1), leaf(3, 2)]),
      gain: Float32Array.from([9, 0, 8, 0, 0]),
      cover: Float32Array.from([7, 4, 3, 1, 2]),
    };
    const booster = { ...randomBooster(1, 0, [0, 0]), trees: [tree], attributes: new Map() };
    const bytes = Buffer.from(writeLegacyBinary(booster, { learnRate, l2Reg }));
    const nodes = 136 + 8 + 'reg:linear'.length + 8 + 'gbtree'.length + 160 + 148;
    const ints = (offset: number) =>
      [0, 1, 2, 3, 4].map((i) => bytes.readInt32LE(nodes + 20 * i + offset));
    assert.deepEqual(ints(0), [-1, 0x80000000 | 0, 0, 0x80000002 | 0, 2]);
    assert.deepEqual(ints(4), [1, -1, 3, -1, -1]);
    assert.deepEqual(ints(8), [2, -1, 4, -1, -1]);
    assert.deepEqual(ints(12), [0x80000002 | 0, 0, 1, 0, 0]);
    const stats = nodes + 20 * 5;
    const stat = (i: number) =>
      [0, 4, 8].map((offset) => bytes.readFloatLE(stats + 16 * i + offset));
    const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);
    close(stat(0)[2]!, -(-2 + 1 + 3) / (7 + 1));
    close(stat(1)[2]!, 2 / 5);
    close(stat(2)[2]!, -(1 + 3) / (3 + 1));
    assert.deepEqual([stat(0)[0], stat(0)[1]], [9, 7]);
    const leafChildren = [0, 1, 2, 3, 4].map((i) => bytes.readInt32LE(stats + 16 * i + 12));
    assert.deepEqual(leafChildren, [1, 0, 2, 0, 0]);
  });

  it('of a real export’s trees is the real export, byte for byte but for node weights', function () {
    const real = new URL('../../../../../shared/bqml-exports/', import.meta.url);
    let bytes: Buffer;
    try {
      bytes = readFileSync(new URL('sparse_feature_model_3/model.bst', real));
    } catch {
      console.log('      skipped: the real exports are not here');
      this.skip();
    }
    const written = writeLegacyBinary(readXgboostBinary(bytes), {
      metrics: ['mlogloss'],
      learnRate: 0.3,
      l2Reg: 1,
    });
    assert.equal(written.length, bytes.length);
    let differing = 0;
    for (let i = 0; i < bytes.length; i++) differing += Number(written[i] !== bytes[i]);
    // Node weights are computed back from the leaves, so their last digits may differ.
    assert.ok(differing < 0.01 * bytes.length, `${differing} bytes differ`);
  });
});
