import assert from 'node:assert/strict';
import { syntheticRows } from '../../../bench/training_data.ts';
import { differences, type Tolerance } from './oracle/same_trees.ts';
import { skipSuite } from './oracle/skip.ts';
import {
  type Comparison,
  type OracleAnswer,
  trainWithXgboost,
  xgboostVersion,
} from './oracle/xgboost.ts';
import { LOGISTIC } from './testing.ts';
import { DEFAULT_OPTIONS, type TrainingRows, train } from './train.ts';

const ROUNDS = 8;
const TO_THE_BIT: Tolerance = { values: 0, gains: 0 };

const plain = syntheticRows({ rows: 3000, features: 20, missing: 0.02, seed: 1 });
const full = syntheticRows({ rows: 3000, features: 20, missing: 0, seed: 2 });
const sparse = syntheticRows({ rows: 3000, features: 20, missing: 0.3, seed: 3 });
const weighted: TrainingRows = { ...plain, weights: plain.labels.map((_, i) => (i % 4) / 2) };
const targets: TrainingRows = {
  ...plain,
  labels: plain.columns[1]!.map((x, i) => (Number.isNaN(x) ? 0 : x / 10) + plain.labels[i]!),
};
const threeClasses: TrainingRows = {
  ...plain,
  labels: plain.labels.map((label, i) => (plain.columns[6]![i]! > 0.5 ? 2 : label)),
};

interface Case extends Comparison {
  /** Where the arithmetic is not XGBoost's own. */
  readonly tolerance?: Tolerance;
}

const cases: Case[] = [
  { title: 'hist', rows: plain, options: LOGISTIC, params: {} },
  { title: 'hist without missing values', rows: full, options: LOGISTIC, params: {} },
  { title: 'hist with 30 % missing', rows: sparse, options: LOGISTIC, params: {} },
  {
    title: 'hist with L1, L2 and child weight',
    rows: sparse,
    options: { ...LOGISTIC, l1Reg: 0.7, l2Reg: 3, minTreeChildWeight: 5 },
    params: { alpha: 0.7, lambda: 3, min_child_weight: 5 },
  },
  {
    title: 'hist without any regularisation, depth 10',
    rows: plain,
    options: { ...LOGISTIC, l2Reg: 0, minTreeChildWeight: 0, maxTreeDepth: 10 },
    params: { lambda: 0, min_child_weight: 0, max_depth: 10 },
  },
  {
    title: 'hist of depth 3 with 16 bins',
    rows: plain,
    options: { ...LOGISTIC, maxTreeDepth: 3, maxBins: 16 },
    params: { max_depth: 3, max_bin: 16 },
  },
  {
    title: 'hist with 1000 bins',
    rows: plain,
    options: { ...LOGISTIC, maxBins: 1000 },
    params: { max_bin: 1000 },
  },
  { title: 'hist with weights, some 0', rows: weighted, options: LOGISTIC, params: {} },
  {
    title: 'hist with two parallel trees',
    rows: plain,
    options: { ...LOGISTIC, numParallelTree: 2 },
    params: { num_parallel_tree: 2 },
  },
  {
    title: 'hist of a regression',
    rows: targets,
    options: { objective: 'reg:linear', classes: 1 },
    params: { objective: 'reg:squarederror', base_score: 0.5 },
  },
  {
    title: 'hist of three classes',
    rows: threeClasses,
    options: { classes: 3 },
    params: { objective: 'multi:softprob', num_class: 3 },
  },
  {
    title: 'hist of two classes, one trained for both',
    rows: plain,
    options: {},
    params: { objective: 'multi:softprob', num_class: 2 },
    tolerance: { values: 1e-5, gains: 1e-3 },
  },
  {
    title: 'exact',
    rows: plain,
    options: { ...LOGISTIC, treeMethod: 'EXACT' },
    params: { tree_method: 'exact' },
  },
  {
    title: 'exact with 30 % missing and pruning',
    rows: sparse,
    options: { ...LOGISTIC, treeMethod: 'EXACT', minSplitLoss: 2 },
    params: { tree_method: 'exact', gamma: 2 },
  },
  {
    title: 'exact of a regression with L1',
    rows: targets,
    options: { objective: 'reg:linear', classes: 1, treeMethod: 'EXACT', l1Reg: 1 },
    params: { tree_method: 'exact', objective: 'reg:squarederror', base_score: 0.5, alpha: 1 },
  },
  {
    title: 'approx',
    rows: plain,
    options: { ...LOGISTIC, treeMethod: 'APPROX' },
    params: { tree_method: 'approx' },
  },
  {
    title: 'approx with 30 % missing and 64 bins',
    rows: sparse,
    options: { ...LOGISTIC, treeMethod: 'APPROX', maxBins: 64 },
    params: { tree_method: 'approx', max_bin: 64 },
  },
  {
    title: 'approx of a regression',
    rows: targets,
    options: { objective: 'reg:linear', classes: 1, treeMethod: 'APPROX' },
    params: { tree_method: 'approx', objective: 'reg:squarederror', base_score: 0.5 },
  },
  {
    title: 'DART that drops all, weighing by tree',
    rows: plain,
    options: { ...LOGISTIC, boosterType: 'DART', dropout: 1 },
    params: { booster: 'dart', rate_drop: 1 },
  },
  {
    title: 'DART that drops all, weighing as a forest',
    rows: plain,
    options: { ...LOGISTIC, boosterType: 'DART', dropout: 1, dartNormalizeType: 'FOREST' },
    params: { booster: 'dart', rate_drop: 1, normalize_type: 'forest' },
  },
];

describe('training against XGBoost 1.7', function () {
  this.timeout(60_000);
  let answers: OracleAnswer[];

  before(function () {
    const version = xgboostVersion();
    if (!version?.startsWith('1.7.')) {
      skipSuite(this, `python3-xgboost 1.7 is absent, found ${version ?? 'none'}`);
    }
    answers = trainWithXgboost(
      cases.map(({ rows, params }) => ({
        rows,
        params: {
          objective: 'binary:logistic',
          tree_method: 'hist',
          max_depth: 6,
          eta: 0.3,
          ...params,
        },
        rounds: ROUNDS,
      })),
    );
  });

  cases.forEach(({ title, rows, options, tolerance = TO_THE_BIT }, i) => {
    it(`grows the same trees: ${title}`, async () => {
      const { booster } = await train(rows, undefined, {
        ...DEFAULT_OPTIONS,
        maxIterations: ROUNDS,
        earlyStop: false,
        ...options,
      });
      const theirs = answers[i]!.booster;
      assert.deepEqual(
        booster.trees.map((tree) => tree.group),
        theirs.trees.map((tree) => tree.group),
      );
      const found = booster.trees.flatMap((tree, k) =>
        differences(tree, theirs.trees[k]!, tolerance).map((text) => `tree ${k}, ${text}`),
      );
      assert.deepEqual(found.slice(0, 5), []);
    });
  });
});
