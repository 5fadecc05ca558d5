import assert from 'node:assert/strict';
import { optionsText } from '../../../functions/retrain/train.ts';

describe('weights of classes', () => {
  it('are told to BigQuery ML label by label, as FLOAT64', () => {
    const recipe = {
      model_type: 'RANDOM_FOREST_CLASSIFIER' as const,
      options: { CLASS_WEIGHTS: { 0: 1, 1: 2.5 } },
    };
    assert.match(
      optionsText(recipe, {}),
      /\n {2}CLASS_WEIGHTS = \[STRUCT\("0", 1\.0\), STRUCT\("1", 2\.5\)\],\n/,
    );
  });
});
