import assert from 'node:assert/strict';
import type { Tree } from '../../../../shared/bridge/booster.ts';
import { areaUnderRoc } from '../../../bench/training_data.ts';
import { margins } from './predict.ts';
import {
  boosterOf,
  LOGISTIC,
  METHODS,
  options,
  REGRESSION,
  rows,
  rowsOf,
  threeClasses,
  unseen,
} from './testing.ts';
import { type Iteration, type TrainingOptions, type TrainingRows, train } from './train.ts';

describe('what training makes', () => {
  for (const treeMethod of METHODS) {
    it(`ranks unseen rows well: ${treeMethod}`, async () => {
      const booster = await boosterOf(rows, { ...LOGISTIC, treeMethod, maxIterations: 20 });
      const truth = areaUnderRoc(margins(booster, unseen.columns), unseen.labels);
      assert.ok(truth > 0.7, `${truth}`);
    });
  }

  it('has one tree a class, round and parallel tree, by class within a round', async () => {
    const groups = async (changes: Partial<TrainingOptions>) =>
      (await boosterOf(threeClasses, { classes: 3, maxIterations: 2, ...changes })).trees.map(
        (t) => t.group,
      );
    assert.deepEqual(await groups({}), [0, 1, 2, 0, 1, 2]);
    const parallel = { numParallelTree: 2, subsample: 0.8, maxIterations: 1 };
    assert.deepEqual(await groups(parallel), [0, 0, 1, 1, 2, 2]);
  });

  it('has two trees a round for two classes, the second the negative of the first', async () => {
    const { trees, groupCount } = await boosterOf(rows, { maxIterations: 2 });
    assert.deepEqual([trees.map((tree) => tree.group), groupCount], [[0, 1, 0, 1], 2]);
    for (const [first, second] of [trees.slice(0, 2), trees.slice(2)] as [Tree, Tree][]) {
      assert.deepEqual({ ...second, group: 0, value: second.value.map((x) => -x) }, first);
    }
  });

  it('says what it is: objective, features, base margin, no attributes without early stopping', async () => {
    const { trees, ...rest } = await boosterOf(rows, { ...LOGISTIC, baseScore: 0.2 });
    assert.equal(trees.length, 3);
    assert.deepEqual(rest, {
      objective: 'binary:logistic',
      version: [0, 0],
      featureCount: 12,
      groupCount: 1,
      baseMargins: Float32Array.of(-Math.log(4)),
      attributes: new Map(),
    });
  });

  it('has covers and gains of its splits, covers of children summing to the parent', async () => {
    for (const treeMethod of METHODS) {
      const { trees } = await boosterOf(rows, { treeMethod });
      for (const { left, right, cover, gain } of trees) {
        left.forEach((child, node) => {
          if (child < 0) {
            assert.equal(gain[node], 0);
            return;
          }
          assert.ok(gain[node]! > 0 && cover[child]! >= 1 && cover[right[node]!]! >= 1);
          const sum = cover[child]! + cover[right[node]!]!;
          assert.ok(Math.abs(sum - cover[node]!) < 1e-3 * cover[node]!);
        });
      }
    }
  });

  it('is the same for the same seed, and another for another where something is sampled', async () => {
    const sampled = { subsample: 0.5, colsampleByTree: 0.7, colsampleByNode: 0.7 };
    for (const changes of [sampled, { boosterType: 'DART', dropout: 0.5 } as const]) {
      const [a, b, c] = await Promise.all(
        [1, 1, 2].map((seed) => boosterOf(rows, { ...changes, seed })),
      );
      assert.deepEqual(a, b);
      assert.notDeepEqual(a!.trees, c!.trees);
    }
    const [d, e] = await Promise.all([1, 2].map((seed) => boosterOf(rows, { seed })));
    assert.deepEqual(d, e);
  });

  it('leaves its input as it was', async () => {
    const copy = structuredClone(rows);
    await boosterOf(rows, { subsample: 0.5 });
    assert.deepEqual(rows, copy);
  });
});

describe('watching', () => {
  it('is told of each iteration in turn, timed by the clock that is given', async () => {
    let clock = 0;
    const seen: Iteration[] = [];
    const { iterations } = await train(rows, unseen, options({ learnRate: 0.2 }), {
      onIteration: (iteration) => seen.push(iteration),
      now: () => (clock += 5),
    });
    assert.deepEqual(seen, iterations);
    assert.deepEqual(
      seen.map(({ index, durationMs, learnRate }) => [index, durationMs, learnRate]),
      [
        [0, 5, 0.2],
        [1, 5, 0.2],
        [2, 5, 0.2],
      ],
    );
    assert.ok(seen[2]!.trainingLoss < seen[0]!.trainingLoss);
  });

  it('stops after the first iteration that improves the evaluation loss too little, and keeps it', async () => {
    const settings = options({ earlyStop: true, minRelProgress: 0.05, maxIterations: 50 });
    const { booster, iterations } = await train(rows, unseen, settings);
    const losses = iterations.map(({ evalLoss }) => evalLoss!);
    const progress = losses.slice(1).map((loss, i) => (losses[i]! - loss) / losses[i]!);
    assert.ok(progress.length > 1 && progress.length < 49);
    assert.deepEqual(
      progress.map((p) => p >= 0.05),
      progress.map((_, i) => i < progress.length - 1),
    );
    assert.equal(booster.trees.length, 2 * iterations.length);
    assert.equal(booster.attributes.get('best_iteration'), `${iterations.length - 2}`);
  });

  it('ends with the reason of an abort, and trains no further tree', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    let told = 0;
    const watch = {
      signal: abort.signal,
      onIteration: () => {
        told++;
        abort.abort(reason);
      },
    };
    await assert.rejects(train(rows, undefined, options({}), watch), reason);
    assert.equal(told, 1);
  });
});

describe('what training refuses', () => {
  const refuses = (
    message: RegExp,
    data: TrainingRows,
    changes: Partial<TrainingOptions> = {},
    evaluation?: TrainingRows,
  ) =>
    assert.rejects(train(data, evaluation, options(changes)), (error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, message);
      return true;
    });
  const small = rowsOf([[1, 2]], [0, 1]);

  it('is rows that there are none of, or that do not fit each other', async () => {
    await refuses(/training rows have no feature columns/, rowsOf([], [1]));
    await refuses(/training rows are none/, rowsOf([[]], []));
    await refuses(
      /2 labels, but column 1 has 3 values/,
      rowsOf(
        [
          [1, 2],
          [1, 2, 3],
        ],
        [0, 1],
      ),
    );
    await refuses(/2 labels, but 1 weights/, { ...small, weights: Float32Array.of(1) });
    await refuses(
      /evaluation rows have 1 labels, but column 0 has 2/,
      small,
      {},
      rowsOf([[1, 2]], [1]),
    );
    await refuses(
      /evaluation rows have 2 columns, the training rows 1/,
      small,
      {},
      rowsOf([[1], [2]], [1]),
    );
  });

  it('is labels and weights that mean nothing', async () => {
    await refuses(/label 2 in row 1; it must be a class from 0 to 1/, rowsOf([[1, 2]], [0, 2]));
    await refuses(/label 0.5 in row 0/, rowsOf([[1, 2]], [0.5, 1]));
    await refuses(
      /label NaN in row 1; it must be a finite number/,
      rowsOf([[1, 2]], [0, NaN]),
      REGRESSION,
    );
    await refuses(/label 2 in row 1; it must be 0 or 1/, rowsOf([[1, 2]], [0, 2]), LOGISTIC);
    await refuses(/weight -1 in row 1/, { ...small, weights: Float32Array.of(1, -1) });
    await refuses(/weight Infinity in row 0/, { ...small, weights: Float32Array.of(Infinity, 1) });
  });

  it('is options out of range, by name', async () => {
    await refuses(/classes is 1; it must be a whole number from 2 to 1000/, small, { classes: 1 });
    await refuses(/classes is 2/, small, { ...REGRESSION, classes: 2 });
    await refuses(/maxTreeDepth is 0/, small, { maxTreeDepth: 0 });
    await refuses(/maxTreeDepth is 2.5/, small, { maxTreeDepth: 2.5 });
    await refuses(/subsample is 0/, small, { subsample: 0 });
    await refuses(/l2Reg is NaN/, small, { l2Reg: NaN });
    await refuses(/maxBins is 1;/, small, { maxBins: 1 });
    await refuses(/maxBins is 5000/, small, { maxBins: 5000 });
    await refuses(/baseScore is 1; for binary:logistic it is a probability/, small, {
      ...LOGISTIC,
      baseScore: 1,
    });
  });

  it('is more memory than can be addressed', async () => {
    const column = new Float32Array(new SharedArrayBuffer(4 * 2 ** 22));
    const columns = Array<Float32Array>(1000).fill(column);
    await refuses(/more than the 4 GiB of memory/, { columns, labels: column });
  });
});
