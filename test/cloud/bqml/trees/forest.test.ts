/** A forest's trees are drawn at random, so XGBoost's own are other trees: the two must be as good and say much the same. */
import assert from 'node:assert/strict';
import { skipSuite } from './oracle/skip.ts';
import { trainWithXgboost, xgboostVersion } from './oracle/xgboost.ts';
import { margins, softprob } from './predict.ts';
import { rows, unseen } from './testing.ts';
import { DEFAULT_OPTIONS, train } from './train.ts';

/** BigQuery ML's defaults of RANDOM_FOREST_CLASSIFIER, with half of its trees. */
const FOREST = {
  maxIterations: 1,
  learnRate: 1,
  earlyStop: false,
  numParallelTree: 50,
  maxTreeDepth: 15,
  subsample: 0.8,
  colsampleByNode: 0.8,
} as const;

/** Probabilities of the first of two classes. */
const predict = (booster: Parameters<typeof margins>[0]): Float32Array =>
  softprob(margins(booster, unseen.columns), 2).filter((_, i) => i % 2 === 0);

const logLoss = (probabilities: Float32Array): number =>
  probabilities.reduce((sum, p, i) => sum - Math.log(unseen.labels[i] === 0 ? p : 1 - p), 0) /
  probabilities.length;

describe('a random forest', function () {
  this.timeout(60_000);
  let ours: Float32Array;
  let theirs: Float32Array;

  before(async function () {
    const version = xgboostVersion();
    if (!version?.startsWith('1.7.')) {
      skipSuite(this, `python3-xgboost 1.7 is absent, found ${version ?? 'none'}`);
    }
    const { booster } = await train(rows, undefined, { ...DEFAULT_OPTIONS, ...FOREST });
    const params = {
      objective: 'multi:softprob',
      num_class: 2,
      tree_method: 'hist',
      eta: 1,
      num_parallel_tree: 50,
      max_depth: 15,
      subsample: 0.8,
      colsample_bynode: 0.8,
    };
    const [answer] = trainWithXgboost([{ rows, params, rounds: 1 }]);
    ours = predict(booster);
    theirs = predict(answer!.booster);
  });

  it('is as good on unseen rows as XGBoost’s', () => {
    const [mine, other] = [logLoss(ours), logLoss(theirs)];
    assert.ok(Math.abs(mine - other) < 0.02 * other, `${mine} ${other}`);
  });

  it('says of a row what XGBoost’s says, up to the luck of the draw', () => {
    const off = ours.map((p, i) => Math.abs(p - theirs[i]!));
    const mean = off.reduce((a, b) => a + b, 0) / off.length;
    assert.ok(mean < 0.03, `${mean}`);
  });
});
