import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { areaUnderRoc } from '../../../bench/training_data.ts';
import { referenceData } from '../../../shared/shared_data.ts';
import { skipSuite } from './oracle/skip.ts';
import { type OracleAnswer, trainWithXgboost, xgboostVersion } from './oracle/xgboost.ts';
import { margins } from './predict.ts';
import { randomBits, uniform } from './random.ts';
import { LOGISTIC, options } from './testing.ts';
import { type TrainingOptions, type TrainingRows, train } from './train.ts';

const ROUNDS = 40;

interface Case {
  readonly title: string;
  readonly changes: Partial<TrainingOptions>;
  readonly params: Readonly<Record<string, string | number>>;
  /** Part of the values that are made missing. */
  readonly missing?: number;
}

const cases: Case[] = [
  { title: 'as usual', changes: {}, params: {} },
  { title: 'depth 3', changes: { maxTreeDepth: 3 }, params: { max_depth: 3 } },
  { title: 'depth 10', changes: { maxTreeDepth: 10 }, params: { max_depth: 10 } },
  { title: 'alpha 5', changes: { l1Reg: 5 }, params: { alpha: 5 } },
  { title: 'gamma 3', changes: { minSplitLoss: 3 }, params: { gamma: 3 } },
  {
    title: 'child weight 20',
    changes: { minTreeChildWeight: 20 },
    params: { min_child_weight: 20 },
  },
  { title: '30 % missing', changes: {}, params: {}, missing: 0.3 },
  { title: 'subsample 0.7', changes: { subsample: 0.7 }, params: { subsample: 0.7 } },
  {
    title: 'columns sampled by node',
    changes: { colsampleByNode: 0.5 },
    params: { colsample_bynode: 0.5 },
  },
];

/** The features and the label of each credit card account; ID is left out. */
function readAccounts(path: string): number[][] {
  const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => line.split(',').slice(1).map(Number));
}

function rowsOf(accounts: readonly number[][], missing: number): TrainingRows {
  const random = randomBits(3);
  const width = accounts[0]!.length - 1;
  return {
    columns: Array.from({ length: width }, (_, f) =>
      Float32Array.from(accounts, (row) => (uniform(random) < missing ? Number.NaN : row[f]!)),
    ),
    labels: Float32Array.from(accounts, (row) => row[width]!),
  };
}

describe('training on credit card accounts, against XGBoost', function () {
  this.timeout(120_000);
  let accounts: number[][];
  let answers: OracleAnswer[];
  const part = (of: number[], missing = 0) =>
    rowsOf(
      accounts.filter((_, i) => of.includes(i % 3)),
      missing,
    );

  before(function () {
    const path = referenceData('data/taiwan_credit_card.csv');
    if (path === undefined) skipSuite(this, '../shared/data/taiwan_credit_card.csv is absent');
    if (xgboostVersion() === undefined) skipSuite(this, 'python3-xgboost is absent');
    accounts = readAccounts(path);
    answers = trainWithXgboost(
      cases.map(({ params, missing }) => ({
        rows: part([0, 1], missing),
        params: { objective: 'binary:logistic', tree_method: 'hist', eta: 0.1, seed: 1, ...params },
        rounds: ROUNDS,
      })),
    );
  });

  cases.forEach(({ title, changes, missing }, i) => {
    it(`ranks unseen accounts as well, to 0.002 of AUC: ${title}`, async () => {
      const settings = options({ ...LOGISTIC, learnRate: 0.1, maxIterations: ROUNDS, ...changes });
      const { booster } = await train(part([0, 1], missing), undefined, settings);
      const unseen = part([2], missing);
      const [ours, theirs] = [booster, answers[i]!.booster].map((trained) =>
        areaUnderRoc(margins(trained, unseen.columns), unseen.labels),
      );
      assert.ok(ours! > 0.74, `${ours}`);
      assert.ok(Math.abs(ours! - theirs!) < 0.002, `${ours}, XGBoost ${theirs}`);
    });
  });
});
