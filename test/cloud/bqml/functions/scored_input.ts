import type { Column, InputTable } from '../../bigquery/ports.ts';
import { checkInput, findField, readColumn } from '../data/columns.ts';
import { classIndices } from '../data/labels.ts';
import { isNull, textAt } from '../data/values.ts';
import type { Model } from '../model/model.ts';
import { scoreInput } from '../predict/score.ts';
import { type CallShape, fail } from './function.ts';

/** An input with labels, scored. */
export interface ScoredInput {
  readonly labels: Column;
  /** Class indices of a classifier; −1 for a label that training did not see. */
  readonly actual: Int32Array;
  /** As `scoreInput` gives them. */
  readonly scores: Float64Array;
}

/** Checks that an input has the features and the label. @throws {ApiError} invalidQuery. */
export function checkLabelledInput(model: Model, call: CallShape): void {
  if (!call.inputFields) return;
  checkInput(call.functionName, call.inputFields, model.features);
  if (!findField(call.inputFields, model.label.name)) {
    const where = `in the input data to the ${call.functionName} function.`;
    throw fail(call.functionName, `Column ${model.label.name} is not found ${where}`);
  }
}

/**
 * Scores an input that has passed `checkLabelledInput`.
 * @throws {ApiError} invalidQuery for NULL labels, and for labels that training did not see unless
 *   `unseen` lets them through.
 */
export async function scoreLabelledInput(
  functionName: string,
  model: Model,
  input: InputTable,
  unseen: 'refused' | 'allowed',
): Promise<ScoredInput> {
  const labels = await readColumn(input, model.label.name);
  for (let row = 0; row < input.rowCount; row++) {
    if (isNull(labels, row)) {
      throw fail(functionName, `The label column ${labels.name} contains NULL values.`);
    }
  }
  const actual = model.label.classes ? classIndices(model.label, labels) : new Int32Array();
  const stranger = actual.indexOf(-1);
  if (unseen === 'refused' && stranger >= 0) {
    const text = textAt(labels, stranger);
    throw fail(functionName, `The label '${text}' was not among those of the training data.`);
  }
  return { labels, actual, scores: await scoreInput(functionName, model, input) };
}
