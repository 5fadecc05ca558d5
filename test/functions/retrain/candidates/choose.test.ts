import assert from 'node:assert/strict';
import { type Contender, choose } from '../../../../functions/retrain/candidates/choose.ts';

const contender = (
  name: string,
  aucs: readonly number[],
  rest: Partial<Contender> = {},
): Contender => ({
  name,
  model_type: 'BOOSTED_TREE_CLASSIFIER',
  options: {},
  splits: aucs.map((auc) => ({
    rows: 100,
    bad: 10,
    auc,
    log_loss: 1 - auc,
    brier: 0.1,
    mean_pd: 0.1,
    bad_rate: 0.1,
    profit: null,
  })),
  ...rest,
});

const blend = (name: string, aucs: readonly number[], weights: Readonly<Record<string, number>>) =>
  contender(name, aucs, {
    model_type: 'BLEND',
    members: Object.entries(weights).map(([member, weight]) => ({ name: member, weight })),
  });

const chosenOf = (contenders: readonly Contender[], by: 'auc' | 'log_loss' = 'auc') =>
  choose(contenders, by)
    .filter(({ chosen }) => chosen)
    .map(({ name }) => name);

describe('the choice among candidates', () => {
  it('is the best on average, whichever way the figure goes', () => {
    const [weak, strong] = [contender('main', [0.7, 0.8]), contender('other', [0.9, 0.7])];
    assert.deepEqual(chosenOf([weak, strong]), ['other']);
    assert.deepEqual(chosenOf([weak, strong], 'log_loss'), ['other']);
  });

  it('is the first of equals, so no blend that is just as good as a member', () => {
    const both = blend('both', [0.8, 0.8], { main: 0.5, other: 0.5 });
    assert.deepEqual(
      chosenOf([contender('main', [0.8, 0.8]), contender('other', [0.8, 0.8]), both]),
      ['main'],
    );
  });

  it('is a blend that is ahead of all, and never one of which one member is left', () => {
    const main = contender('main', [0.8, 0.8]);
    assert.deepEqual(chosenOf([main, blend('both', [0.8, 0.82], { main: 0.5, other: 0.5 })]), [
      'both',
    ]);
    const alone = [main, blend('both', [0.8, 0.82], { main: 1, other: 0 })];
    assert.deepEqual(chosenOf(alone), ['main']);
    assert.match(
      choose(alone, 'auc')[1]!.why,
      /ahead of it in 1 of 2 splits\. No other member is worth a share: it is main\.$/,
    );
  });
});
