import assert from 'node:assert/strict';
import type { Tree } from '../../../../shared/bridge/booster.ts';
import { areaUnderRoc } from '../../../bench/training_data.ts';
import { margins, softprob } from './predict.ts';
import { boosterOf, LOGISTIC, METHODS, REGRESSION, range, rows, rowsOf } from './testing.ts';
import type { TrainingOptions, TrainingRows } from './train.ts';

const isLeaf = (tree: Tree) => tree.left[0]! < 0;
const depthOf = (tree: Tree, node = 0): number =>
  tree.left[node]! < 0
    ? 0
    : 1 + Math.max(depthOf(tree, tree.left[node]!), depthOf(tree, tree.right[node]!));

describe('training on odd rows', () => {
  const both = [{}, REGRESSION, LOGISTIC] as const;
  const everywhere = async (data: TrainingRows, changes: Partial<TrainingOptions> = {}) =>
    Promise.all(
      METHODS.flatMap((treeMethod) =>
        both.map((objective) => boosterOf(data, { treeMethod, ...objective, ...changes })),
      ),
    );
  const labels = range(20, (i) => i % 2);

  it('makes single leaves of a constant feature, of a missing one, and of a single row', async () => {
    for (const columns of [[range(20, () => 7)], [range(20, () => NaN)]]) {
      for (const booster of await everywhere(rowsOf(columns, labels))) {
        assert.ok(booster.trees.every(isLeaf));
        assert.ok(margins(booster, [Float32Array.of(7, NaN, 1)]).every(Number.isFinite));
      }
    }
    for (const booster of await everywhere(rowsOf([[1], [NaN]], [1])))
      assert.ok(booster.trees.every(isLeaf));
  });

  it('parts values from missing ones where that is all there is', async () => {
    const data = rowsOf(
      [range(40, (i) => (i % 2 ? NaN : 5))],
      range(40, (i) => i % 2),
    );
    for (const booster of await everywhere(data)) {
      const [value, missing] = margins(booster, [Float32Array.of(5, NaN)]).filter(
        (_, i) => i % booster.groupCount === booster.groupCount - 1,
      );
      assert.ok(missing! > value!, booster.objective);
    }
  });

  it('learns nothing but the share where all rows are of one class', async () => {
    for (const booster of await everywhere(
      rowsOf(
        [range(20, (i) => i)],
        range(20, () => 0),
      ),
    )) {
      assert.ok(booster.trees.every(isLeaf), booster.objective);
    }
  });

  it('takes rows of weight 0 for none, and weights for copies', async () => {
    const data = rowsOf(
      [range(60, (i) => i % 13), range(60, (i) => (i * 7) % 11)],
      range(60, (i) => Number(i % 13 > 6)),
    );
    const weights = Float32Array.from({ length: 60 }, (_, i) => i % 3);
    const kept = [...weights].flatMap((weight, i) => Array<number>(weight).fill(i));
    const copies = rowsOf(
      data.columns.map((column) => kept.map((i) => column[i]!)),
      kept.map((i) => data.labels[i]!),
    );
    for (const treeMethod of ['EXACT', 'HIST'] as const) {
      const [a, b] = await Promise.all([
        boosterOf({ ...data, weights }, { treeMethod, ...REGRESSION }),
        boosterOf(copies, { treeMethod, ...REGRESSION }),
      ]);
      const probe = data.columns;
      margins(a, probe).forEach((margin, row) => {
        if (weights[row]! > 0) assert.ok(Math.abs(margin - margins(b, probe)[row]!) < 1e-5);
      });
    }
    const nothing = { ...data, weights: new Float32Array(60) };
    for (const booster of await everywhere(nothing)) {
      assert.ok(margins(booster, data.columns).every(Number.isFinite));
    }
  });

  it('parts infinite, huge and tiny values as it later predicts them', async () => {
    const values = [
      -Infinity,
      -3.4e38,
      -2e38,
      -1,
      -1e-45,
      0,
      1e-45,
      1,
      2e38,
      3.4e38,
      Infinity,
      NaN,
    ];
    const data = rowsOf(
      [range(240, (i) => values[i % 12]!)],
      range(240, (i) => (i % 12) * 10),
    );
    for (const treeMethod of METHODS) {
      const settings = {
        ...REGRESSION,
        treeMethod,
        learnRate: 1,
        l2Reg: 0,
        maxIterations: 1,
        minTreeChildWeight: 0,
      };
      const booster = await boosterOf(data, settings);
      const predicted = margins(booster, [Float32Array.from(values)]);
      assert.deepEqual(
        [...predicted].map((x) => Math.round(x * 1e3) / 1e3),
        range(12, (i) => i * 10),
        treeMethod,
      );
    }
  });

  it('takes more bins than rows, and 2 bins', async () => {
    const data = rowsOf([range(6, (i) => i)], [0, 0, 0, 1, 1, 1]);
    for (const maxBins of [4000, 2]) {
      const booster = await boosterOf(data, { ...LOGISTIC, maxBins, minTreeChildWeight: 0 });
      assert.ok(areaUnderRoc(margins(booster, data.columns), data.labels) > 0.8);
    }
  });

  it('grows stumps at depth 1 and lone rows at depth 20', async () => {
    const data = rowsOf(
      [range(300, (i) => Math.sqrt(i))],
      range(300, (i) => (i % 2) + i / 10),
    );
    for (const treeMethod of METHODS) {
      const settings = {
        ...REGRESSION,
        treeMethod,
        l2Reg: 0,
        learnRate: 1,
        maxIterations: 1,
        maxBins: 400,
      };
      const [stump, deep] = await Promise.all(
        [1, 20].map((maxTreeDepth) => boosterOf(data, { ...settings, maxTreeDepth })),
      );
      assert.equal(depthOf(stump!.trees[0]!), 1);
      assert.ok(depthOf(deep!.trees[0]!) <= 20);
      const predicted = margins(deep!, data.columns);
      assert.ok(
        predicted.every((x, i) => Math.abs(x - data.labels[i]!) < 1e-3),
        treeMethod,
      );
    }
  });

  it('splits nothing where no split is worth it', async () => {
    for (const changes of [{ minTreeChildWeight: 1e9 }, { minSplitLoss: 1e9 }, { l1Reg: 1e9 }]) {
      assert.ok((await everywhere(rows, changes)).every(({ trees }) => trees.every(isLeaf)));
    }
  });

  it('tells a thousand classes apart', async () => {
    const data = rowsOf(
      [range(3000, (i) => i % 1000)],
      range(3000, (i) => i % 1000),
    );
    const settings = {
      classes: 1000,
      maxIterations: 1,
      learnRate: 1,
      minTreeChildWeight: 0,
      maxBins: 1024,
    };
    const booster = await boosterOf(data, settings);
    assert.equal(booster.trees.length, 1000);
    const probabilities = softprob(margins(booster, [Float32Array.of(0, 500, 999)]), 1000);
    [0, 500, 999].forEach((label, row) => {
      const own = probabilities.subarray(1000 * row, 1000 * (row + 1));
      assert.equal(own.indexOf(Math.max(...own)), label);
    });
  });
});
