import assert from 'node:assert/strict';
import { membersOf } from '../../../functions/retrain/members.ts';
import type { Candidate } from '../../../shared/bundle/candidates.ts';
import type { Recipe } from '../../../shared/portfolio/recipe.ts';

/** Of model.json. */
const FIRST: Recipe = { model_type: 'BOOSTED_TREE_CLASSIFIER', options: { MAX_TREE_DEPTH: 8 } };

describe('what a version is made of', () => {
  const metrics = { mean: 0, spread: 0 };
  const candidate = (name: string, rest: Partial<Candidate> = {}): Candidate => ({
    name,
    model_type: 'BOOSTED_TREE_CLASSIFIER',
    options: { MAX_TREE_DEPTH: name.length },
    splits: [],
    metrics: { auc: metrics, log_loss: metrics, brier: metrics, profit: null },
    chosen: false,
    why: '',
    ...rest,
  });
  const blend = (weights: Readonly<Record<string, number>>) =>
    candidate('blend', {
      model_type: 'BLEND',
      options: {},
      chosen: true,
      members: Object.entries(weights).map(([name, weight]) => ({ name, weight })),
    });
  const made = (candidates?: Candidate[]) =>
    membersOf({ model: 'model' }, FIRST, candidates).map(
      ({ name, model, weight, folder, options }) => [
        name,
        model,
        weight,
        folder,
        options.MAX_TREE_DEPTH,
      ],
    );

  it('is the first model of model.json where there is nothing to choose', () => {
    assert.deepEqual(made(), [['main', 'model', 1, 'export/', 8]]);
  });

  it('is the one that was chosen, with the options that tuning found', () => {
    assert.deepEqual(made([candidate('main'), candidate('tuned', { chosen: true })]), [
      ['tuned', 'model', 1, 'export/', 5],
    ]);
  });

  it('is those members of a blend that count for something', () => {
    const blended = [
      candidate('main'),
      candidate('a'),
      candidate('bc'),
      blend({ main: 0.25, a: 0, bc: 0.75 }),
    ];
    assert.deepEqual(made(blended), [
      ['main', 'model_main_member', 0.25, 'export/main/', 4],
      ['bc', 'model_bc_member', 0.75, 'export/bc/', 2],
    ]);
  });
});
