import { ownersOf } from '../ensemble/encode.ts';
import { fail, field, type MlFunction, numbers, texts } from './function.ts';

/**
 * ML.FEATURE_IMPORTANCE: how many splits use a feature, and their mean gain and cover (XGBoost's
 * weight, gain and cover), over all columns that the feature was encoded into. A feature without
 * splits has 0 for all three.
 */
export const FEATURE_IMPORTANCE: MlFunction = {
  input: 'none',
  settings: [],
  fields(model, call) {
    if (model.body.kind !== 'trees') {
      throw fail(call.functionName, 'It is for boosted tree and random forest models only.');
    }
    return [
      field('feature', 'STRING'),
      field('importance_weight', 'FLOAT64'),
      field('importance_gain', 'FLOAT64'),
      field('importance_cover', 'FLOAT64'),
    ];
  },
  run({ features, body }) {
    if (body.kind !== 'trees') return [];
    const owner = ownersOf(body.encodings);
    const [splits, gain, cover] = [0, 1, 2].map(() => new Float64Array(features.length));
    for (const tree of body.booster.trees) {
      tree.left.forEach((child, node) => {
        if (child < 0) return;
        const j = owner[tree.feature[node]!]!;
        splits![j]!++;
        gain![j]! += tree.gain[node]!;
        cover![j]! += tree.cover[node]!;
      });
    }
    const mean = (sums: Float64Array) => sums.map((sum, j) => sum / Math.max(splits![j]!, 1));
    return [
      texts(features.map(({ name }) => name)),
      numbers([...splits!]),
      numbers([...mean(gain!)]),
      numbers([...mean(cover!)]),
    ];
  },
};
