import assert from 'node:assert/strict';
import type { Booster } from '../../../../shared/bridge/booster.ts';
import { differences } from './oracle/same_trees.ts';
import { type Comparison, trainWithMlXgboost } from './oracle/xgboost.ts';
import { margins } from './predict.ts';
import { randomBits, uniform } from './random.ts';
import { LOGISTIC } from './testing.ts';
import { DEFAULT_OPTIONS, type TrainingOptions, type TrainingRows, train } from './train.ts';

const ROUNDS = 6;
const random = randomBits(7);

/** Five features in [0, 10), the third with a third missing; the label follows the first two. */
function makeRows(label: (row: readonly number[]) => number, distinct = Infinity): TrainingRows {
  const cells = Array.from({ length: 300 }, () =>
    Array.from({ length: 5 }, () =>
      distinct === Infinity
        ? Math.fround(uniform(random) * 10)
        : Math.floor(uniform(random) * distinct),
    ),
  );
  const labels = Float32Array.from(cells, (row) => label(row));
  for (const row of cells) if (uniform(random) < 1 / 3) row[2] = Number.NaN;
  return { columns: cells[0]!.map((_, f) => Float32Array.from(cells, (row) => row[f]!)), labels };
}

const score = ([a, b]: readonly number[]) => a! + (b! * b!) / 10 + uniform(random) * 3;
const binary = makeRows((row) => Number(score(row) > 9));
const counts = makeRows((row) => Number(score(row) > 9), 8);
const three = makeRows((row) => Math.min(2, Math.floor(score(row) / 6)));
const target = makeRows((row) => 2 * row[0]! + row[3]!);

const cases: Comparison[] = [
  { title: 'two classes by the logistic loss', rows: binary, options: LOGISTIC, params: {} },
  {
    title: 'two classes by softmax, one trained for both',
    rows: binary,
    options: {},
    params: { objective: 'multi:softprob', num_class: 2 },
  },
  {
    title: 'three classes',
    rows: three,
    options: { classes: 3 },
    params: { objective: 'multi:softprob', num_class: 3 },
  },
  {
    title: 'a regression',
    rows: target,
    options: { objective: 'reg:linear', classes: 1 },
    params: { objective: 'reg:linear' },
  },
  {
    title: 'regularised and pruned',
    rows: binary,
    options: { ...LOGISTIC, l1Reg: 0.5, l2Reg: 2, minSplitLoss: 1, minTreeChildWeight: 3 },
    params: { alpha: 0.5, lambda: 2, gamma: 1, min_child_weight: 3 },
  },
  {
    title: 'few distinct values',
    rows: counts,
    options: { ...LOGISTIC, learnRate: 0.1 },
    params: { eta: 0.1 },
  },
];

describe('training against XGBoost 0.7 (ml-xgboost)', () => {
  let theirs: Booster[];

  before(() => {
    theirs = trainWithMlXgboost(
      cases.map(({ rows, params }) => ({
        rows,
        params: {
          booster: 'gbtree',
          objective: 'binary:logistic',
          tree_method: 'exact',
          max_depth: 4,
          eta: 0.3,
          min_child_weight: 1,
          colsample_bytree: 1,
          ...params,
        },
        rounds: ROUNDS,
      })),
    );
  });

  const ours = ({ rows, options }: Comparison, treeMethod: TrainingOptions['treeMethod']) =>
    train(rows, undefined, {
      ...DEFAULT_OPTIONS,
      treeMethod,
      maxTreeDepth: 4,
      maxIterations: ROUNDS,
      earlyStop: false,
      ...options,
    });

  cases.forEach((example, i) => {
    it(`EXACT grows the same trees: ${example.title}`, async () => {
      const { booster } = await ours(example, 'EXACT');
      assert.equal(booster.trees.length, theirs[i]!.trees.length);
      const found = booster.trees.flatMap((tree, k) =>
        differences(tree, theirs[i]!.trees[k]!, { values: 1e-5, gains: 1e-3 }),
      );
      assert.deepEqual(found, []);
    });

    it(`EXACT predicts the same to 1e-5: ${example.title}`, async () => {
      const { booster } = await ours(example, 'EXACT');
      const { columns } = example.rows;
      const expected = margins(theirs[i]!, columns);
      margins(booster, columns).forEach((margin, at) => {
        assert.ok(Math.abs(margin - expected[at]!) < 1e-5 * Math.max(1, Math.abs(margin)), `${at}`);
      });
    });
  });

  it('HIST makes the same first split where each value has a bin, at a value instead of between', async () => {
    const at = cases.findIndex(({ title }) => title === 'few distinct values');
    const { booster } = await ours(cases[at]!, 'HIST');
    const [first, reference] = [booster.trees[0]!, theirs[at]!.trees[0]!];
    assert.equal(first.feature[0], reference.feature[0]);
    assert.equal(first.threshold[0], reference.threshold[0]! + 0.5);
    assert.ok(Math.abs(first.gain[0]! - reference.gain[0]!) < 1e-4);
  });
});
