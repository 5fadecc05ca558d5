import type { MlCall } from '../../bigquery/ports.ts';
import type { Field, ScalarType } from '../../bigquery/types.ts';
import { findField } from '../data/columns.ts';
import { compareAs, textAt, valueFromText } from '../data/values.ts';
import { predictedClasses } from '../metrics/classification.ts';
import type { Evaluation, Model } from '../model/model.ts';
import {
  type CallShape,
  fail,
  field,
  type MlFunction,
  numbers,
  thresholdOf,
  valuesOf,
} from './function.ts';
import { checkLabelledInput, scoreLabelledInput } from './scored_input.ts';

/**
 * ML.CONFUSION_MATRIX: a row an expected label, a column a class, both ascending. Labels that
 * training did not see have a row too.
 */
export const CONFUSION_MATRIX: MlFunction = {
  input: 'optional',
  settings: ['threshold'],
  trials: 'asked',
  fields(model, call) {
    if (!model.label.classes) {
      throw fail(call.functionName, 'It is for classification models only.');
    }
    thresholdOf(model, call);
    checkLabelledInput(model, call);
    const names = columnNames(model.label.classes.toReversed());
    return [expectedField(model, call), ...names.map((name) => field(name, 'INT64'))];
  },
  async run(model, call) {
    const classes = model.label.classes!;
    const { type, counts } = call.input ? await countInput(model, call) : countTraining(model);
    const expected = [...counts.keys()].sort(compareAs(type));
    return [
      valuesOf(
        type,
        expected.map((text) => valueFromText(type, text)),
      ),
      ...classes.map((_, k) => numbers(expected.map((text) => counts.get(text)![k]!))).toReversed(),
    ];
  },
};

/** The label of the input, or of the training. */
function expectedField(model: Model, { inputFields }: CallShape): Field {
  const given = inputFields && findField(inputFields, model.label.name);
  return { name: 'expected_label', type: given?.type ?? { kind: model.label.type } };
}

/** Rows of each expected label by predicted class index. */
interface Counts {
  readonly type: ScalarType;
  readonly counts: Map<string, number[]>;
}

function countTraining(model: Model): Counts {
  const { confusion } = model.evaluation as Evaluation & { kind: 'classification' };
  const counts = new Map(model.label.classes!.map((text, k) => [text, [...confusion[k]!]]));
  return { type: model.label.type, counts };
}

async function countInput(model: Model, call: MlCall): Promise<Counts> {
  const { functionName, input } = call;
  const scored = await scoreLabelledInput(functionName, model, input!, 'allowed');
  const threshold = thresholdOf(model, { ...call, inputFields: input!.fields });
  const classes = model.label.classes!;
  const predicted = predictedClasses(scored.scores, classes.length, threshold);
  const zeros = () => new Array<number>(classes.length).fill(0);
  const counts = new Map(classes.map((text) => [text, zeros()]));
  predicted.forEach((k, row) => {
    const text = textAt(scored.labels, row)!;
    if (!counts.has(text)) counts.set(text, zeros());
    counts.get(text)![k]!++;
  });
  return { type: scored.labels.type.kind as ScalarType, counts };
}

/** Labels as column names: `0` becomes `_0`, `>50K` `_50K`; a name that is taken gets a number. */
function columnNames(labels: readonly string[]): string[] {
  const taken = new Set(['expected_label']);
  return labels.map((label) => {
    const word = label.replace(/[^\p{L}\p{M}\p{N}_]/gu, '_');
    const base = /^[\p{L}_]/u.test(word) ? word : `_${word}`;
    let name = base;
    for (let n = 1; taken.has(name.toLowerCase()); n++) name = `${base}_${n}`;
    taken.add(name.toLowerCase());
    return name;
  });
}
