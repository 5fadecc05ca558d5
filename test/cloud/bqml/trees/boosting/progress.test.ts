import assert from 'node:assert/strict';
import { bestAttributes, type Iteration, shouldStop } from './progress.ts';

const iterations = (training: readonly number[], evaluation?: readonly number[]): Iteration[] =>
  training.map((trainingLoss, index) => ({
    index,
    trainingLoss,
    ...(evaluation && { evalLoss: evaluation[index]! }),
    learnRate: 0.3,
    durationMs: 1,
  }));

describe('early stopping', () => {
  it('never stops after the first iteration: there is nothing to compare', () => {
    assert.equal(shouldStop(iterations([1]), 0.01), false);
  });

  it('goes on while the evaluation loss improves enough, whatever the training loss does', () => {
    assert.equal(shouldStop(iterations([1, 2], [1, 0.98]), 0.01), false);
    assert.equal(shouldStop(iterations([1, 0.5], [1, 0.995]), 0.01), true);
    assert.equal(shouldStop(iterations([1, 0.5], [1, 1.1]), 0.01), true);
  });

  it('goes on at exactly the least progress', () => {
    assert.equal(shouldStop(iterations([1, 0.5]), 0.5), false);
  });

  it('looks at the training loss where there are no evaluation rows', () => {
    assert.equal(shouldStop(iterations([1, 0.98]), 0.01), false);
    assert.equal(shouldStop(iterations([1, 0.995]), 0.01), true);
  });

  it('compares with the iteration before, not with the best', () => {
    assert.equal(shouldStop(iterations([1, 1, 1], [1, 2, 1.9]), 0.01), false);
  });

  it('stops at a loss of 0 and at one that is no number', () => {
    assert.equal(shouldStop(iterations([0, 0]), 0), true);
    assert.equal(shouldStop(iterations([1, Number.NaN]), 0.01), true);
  });
});

describe('the attributes of a booster that was stopped early', () => {
  it('name the iteration before the one that improved too little', () => {
    const run = iterations([0.5, 0.4, 0.39], [0.6, 0.5, 0.4999]);
    assert.deepEqual(
      [...bestAttributes(run, 'mlogloss', 0.01)],
      [
        ['best_iteration', '1'],
        ['best_msg', '[1]\ttrain-mlogloss:0.400000\teval-mlogloss:0.500000'],
        ['best_score', '0.5'],
      ],
    );
  });

  it('name the last iteration where all improved, and only the training loss without evaluation', () => {
    const best = bestAttributes(iterations([2, 1.1234567]), 'rmse', 0.01);
    assert.equal(best.get('best_msg'), '[1]\ttrain-rmse:1.123457');
    assert.equal(best.get('best_score'), '1.123457');
  });
});
