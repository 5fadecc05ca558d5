import { type RankedFeature, ranked } from '../explain/global.ts';
import type { Model } from '../model/model.ts';
import {
  type CallShape,
  fail,
  field,
  flagOf,
  type MlFunction,
  numbers,
  texts,
} from './function.ts';

/** "For each class, only the top 10 most important features are returned." */
const TOP_OF_A_CLASS = 10;

/**
 * ML.GLOBAL_EXPLAIN: the mean absolute attribution of each feature over the evaluation rows, the
 * greatest first; of the model, or of each class beside a column named like the label.
 */
export const GLOBAL_EXPLAIN: MlFunction = {
  input: 'none',
  settings: ['class_level_explain'],
  fields(model, call) {
    explanationOf(model, call);
    const own = [field('feature', 'STRING'), field('attribution', 'FLOAT64')];
    if (!flagOf(call, 'class_level_explain')) return own;
    if (model.label.classes) return [field(model.label.name, 'STRING'), ...own];
    throw fail(call.functionName, 'class_level_explain is for classification models only.');
  },
  run(model, call) {
    const explanation = explanationOf(model, call);
    if (!flagOf(call, 'class_level_explain'))
      return columns(ranked(model.features, explanation.model));
    const rows = explanation.classes!.flatMap((attributions, k) =>
      ranked(model.features, attributions)
        .slice(0, TOP_OF_A_CLASS)
        .map((row) => ({ ...row, name: model.label.classes![k]! })),
    );
    return [texts(rows.map(({ name }) => name)), ...columns(rows)];
  },
};

function explanationOf(model: Model, call: Pick<CallShape, 'functionName'>) {
  if (model.globalExplanation) return model.globalExplanation;
  const problem = 'The model was not trained with ENABLE_GLOBAL_EXPLAIN = TRUE.';
  throw fail(call.functionName, problem);
}

const columns = (rows: readonly RankedFeature[]) => [
  texts(rows.map(({ feature }) => feature)),
  numbers(rows.map(({ attribution }) => attribution)),
];
