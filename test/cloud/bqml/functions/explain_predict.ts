import { checkInput } from '../data/columns.ts';
import { valueFromText } from '../data/values.ts';
import { attributors } from '../explain/attributions.ts';
import { predictedClasses } from '../metrics/classification.ts';
import type { Model } from '../model/model.ts';
import { codeInput, scoreCoded } from '../predict/score.ts';
import {
  type Answer,
  arrayOfStructs,
  type CallShape,
  countOf,
  fail,
  field,
  flagOf,
  type MlFunction,
  thresholdOf,
  valuesOf,
} from './function.ts';

/**
 * ML.EXPLAIN_PREDICT: the prediction, its raw value (the log-odds of the predicted class), and the
 * features that moved it most away from the baseline; then the input's columns. The attributions
 * are exact, so that the approximation error is 0.
 */
export const EXPLAIN_PREDICT: MlFunction = {
  input: 'required',
  settings: [
    'top_k_features',
    'threshold',
    'integrated_gradients_num_steps',
    'approx_feature_contrib',
  ],
  keepInput: true,
  fields(model, call) {
    checkArguments(model, call);
    const { name, type, classes } = model.label;
    const attributions = arrayOfStructs(
      'top_feature_attributions',
      field('feature', 'STRING'),
      field('attribution', 'FLOAT64'),
    );
    return [
      field(`predicted_${name}`, classes ? type : 'FLOAT64'),
      ...(classes ? [field('probability', 'FLOAT64')] : []),
      attributions,
      field('baseline_prediction_value', 'FLOAT64'),
      field('prediction_value', 'FLOAT64'),
      field('approximation_error', 'FLOAT64'),
    ];
  },
  async run(model, call) {
    const input = call.input!;
    const coded = await codeInput(call.functionName, model, input);
    const rows = { coded, count: input.rowCount };
    const scores = scoreCoded(model, coded, rows.count);
    const shape = { ...call, inputFields: input.fields };
    const predicted = predictionsOf(model, scores, thresholdOf(model, shape));
    const attributorOf = attributors(model, rows, flagOf(shape, 'approx_feature_contrib'));
    const topK = topKOf(shape);
    const attributions = new Float64Array(model.features.length);
    const [tops, baselines, values] = [[], [], []] as [unknown[], number[], number[]];
    for (let row = 0; row < rows.count; row++) {
      const attributor = attributorOf(predicted.classes?.[row] ?? 0);
      values.push(attributor.explain(row, attributions));
      baselines.push(attributor.baseline);
      tops.push(topOf(model, attributions, topK));
    }
    return [
      ...predicted.answers,
      { values: tops },
      { values: Float64Array.from(baselines) },
      { values: Float64Array.from(values) },
      { values: new Float64Array(rows.count) },
    ];
  },
};

const topKOf = (call: CallShape): number => countOf(call, 'top_k_features', 5);

function checkArguments(model: Model, call: CallShape): void {
  thresholdOf(model, call);
  checkInput(call.functionName, call.inputFields!, model.features);
  topKOf(call);
  flagOf(call, 'approx_feature_contrib');
  if (call.settings.has('integrated_gradients_num_steps')) {
    const problem = 'integrated_gradients_num_steps is for deep neural network models only.';
    throw fail(call.functionName, problem);
  }
  if (call.settings.has('approx_feature_contrib') && model.body.kind !== 'trees') {
    const problem = 'approx_feature_contrib is for boosted tree and random forest models only.';
    throw fail(call.functionName, problem);
  }
}

/** The predicted label and, of a classifier, its class index and probability. */
function predictionsOf(
  { label: { type, classes } }: Model,
  scores: Float64Array,
  threshold: number,
): { answers: Answer[]; classes?: Int32Array } {
  if (!classes) return { answers: [{ values: scores }] };
  const predicted = predictedClasses(scores, classes.length, threshold);
  const labels = classes.map((text) => valueFromText(type, text));
  const label = valuesOf(
    type,
    Array.from(predicted, (k) => labels[k]),
  );
  const probability = Float64Array.from(predicted, (k, row) => scores[row * classes.length + k]!);
  return { answers: [label, { values: probability }], classes: predicted };
}

/** The features with the greatest absolute attributions, the first of equals first. */
function topOf({ features }: Model, attributions: Float64Array, count: number) {
  return Array.from(attributions, (attribution, j) => ({ feature: features[j]!.name, attribution }))
    .sort((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution))
    .slice(0, count);
}
