/** Scoring rows: features in, probabilities or predicted numbers out. */
import type { Column, InputTable } from '../../bigquery/ports.ts';
import { checkInput, readSource } from '../data/columns.ts';
import { type Coded, code } from '../data/features.ts';
import { encode } from '../ensemble/encode.ts';
import { linearMargins } from '../linear/linear_model.ts';
import type { Model } from '../model/model.ts';
import { margins, softprob } from '../trees/predict.ts';

/** What a model needs to score rows. */
export type Scorer = Pick<Model, 'label' | 'features' | 'body'>;

/**
 * Row-major probabilities, one a class in the order of the label's classes, or the predicted
 * numbers of a regression. The arithmetic of trees is XGBoost's own in float32, widened.
 */
export function scoreCoded(
  { label, features, body }: Scorer,
  coded: readonly Coded[],
  rowCount: number,
): Float64Array {
  if (rowCount === 0) return new Float64Array();
  if (body.kind === 'trees') {
    const columns = body.encodings.flatMap((encoding, j) => encode(encoding, coded[j]!));
    const sums = margins(body.booster, columns);
    return Float64Array.from(label.classes ? softprob(sums, label.classes.length) : sums);
  }
  const outputs = body.linear.outputs.map((output) =>
    linearMargins(output, features, coded, rowCount),
  );
  if (!label.classes) return outputs[0]!;
  return outputs.length === 1 ? sigmoidPairs(outputs[0]!) : softmaxRows(outputs);
}

/**
 * Reads the model's features from an input and scores its rows.
 * @throws {ApiError} invalidQuery in BigQuery's words when a column is missing or of another type.
 */
export async function scoreInput(
  functionName: string,
  scorer: Scorer,
  input: InputTable,
): Promise<Float64Array> {
  return scoreCoded(scorer, await codeInput(functionName, scorer, input), input.rowCount);
}

/**
 * The model's features of an input's rows.
 * @throws {ApiError} invalidQuery in BigQuery's words when a column is missing or of another type.
 */
export async function codeInput(
  functionName: string,
  { features }: Pick<Scorer, 'features'>,
  input: InputTable,
): Promise<Coded[]> {
  checkInput(functionName, input.fields, features);
  const coded: Coded[] = [];
  for (const feature of features) {
    const column: Column = await readSource(input, feature);
    coded.push(code(feature, column));
  }
  return coded;
}

/** [σ(m), 1 − σ(m)] of each margin, without the loss of digits that a subtraction would bring. */
function sigmoidPairs(margins: Float64Array): Float64Array {
  const out = new Float64Array(margins.length * 2);
  for (let i = 0; i < margins.length; i++) {
    out[2 * i] = 1 / (1 + Math.exp(-margins[i]!));
    out[2 * i + 1] = 1 / (1 + Math.exp(margins[i]!));
  }
  return out;
}

function softmaxRows(outputs: readonly Float64Array[]): Float64Array {
  const classes = outputs.length;
  const out = new Float64Array(outputs[0]!.length * classes);
  for (let i = 0; i < outputs[0]!.length; i++) {
    const top = Math.max(...outputs.map((margins) => margins[i]!));
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += out[i * classes + k] = Math.exp(outputs[k]![i]! - top);
    for (let k = 0; k < classes; k++) out[i * classes + k]! /= sum;
  }
  return out;
}
