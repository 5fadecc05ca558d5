import { checkInput } from '../data/columns.ts';
import { valueFromText } from '../data/values.ts';
import { predictedClasses } from '../metrics/classification.ts';
import { scoreInput } from '../predict/score.ts';
import { arrayOfStructs, field, type MlFunction, thresholdOf, valuesOf } from './function.ts';

/**
 * ML.PREDICT: `predicted_<label>` and, of a classifier, `predicted_<label>_probs`, the classes in
 * descending order; then the input's columns.
 */
export const PREDICT: MlFunction = {
  input: 'required',
  settings: ['threshold'],
  trials: 'named',
  keepInput: true,
  fields(model, call) {
    thresholdOf(model, call);
    checkInput(call.functionName, call.inputFields!, model.features);
    const { name, type, classes } = model.label;
    if (!classes) return [field(`predicted_${name}`, 'FLOAT64')];
    const pair = [field('label', type), field('prob', 'FLOAT64')];
    return [field(`predicted_${name}`, type), arrayOfStructs(`predicted_${name}_probs`, ...pair)];
  },
  async run(model, call) {
    const scores = await scoreInput(call.functionName, model, call.input!);
    const { type, classes } = model.label;
    if (!classes) return [{ values: scores }];
    const threshold = thresholdOf(model, { ...call, inputFields: call.input!.fields });
    const predicted = predictedClasses(scores, classes.length, threshold);
    const labels = classes.map((text) => valueFromText(type, text));
    const column = valuesOf(
      type,
      Array.from(predicted, (k) => labels[k]),
    );
    return [column, { values: pairs(scores, labels) }];
  },
};

/** The probabilities of each row with their labels. */
function pairs(scores: Float64Array, labels: readonly unknown[]): unknown[] {
  const width = labels.length;
  const rows = new Array<unknown>(scores.length / width);
  for (let row = 0; row < rows.length; row++) {
    const structs = new Array<unknown>(width);
    for (let k = 0; k < width; k++) {
      structs[k] = { label: labels[k], prob: scores[row * width + k]! };
    }
    rows[row] = structs;
  }
  return rows;
}
