import { scoresOf } from '../metrics/classification.ts';
import { countsAt, percentileThresholds, type RankedScores } from '../metrics/ranking.ts';
import type { Model } from '../model/model.ts';
import { type CallShape, fail, field, type MlFunction, numbers } from './function.ts';
import { checkLabelledInput, scoreLabelledInput } from './scored_input.ts';

/**
 * ML.ROC_CURVE of a binary classifier: a row a threshold, highest first; rows with a probability at
 * or above it are called positive. Thresholds are the percentiles of the probabilities unless given.
 *
 * The reference lists no `false_positive_rate`, but speaks of it as one of the output columns.
 */
export const ROC_CURVE: MlFunction = {
  input: 'optional',
  settings: [],
  trials: 'asked',
  extra: 1,
  fields(model, call) {
    if (model.label.classes?.length !== 2) {
      throw fail(call.functionName, 'It is for binary classification models only.');
    }
    thresholdsOf(call);
    checkLabelledInput(model, call);
    return [
      ...['threshold', 'recall', 'false_positive_rate'].map((name) => field(name, 'FLOAT64')),
      ...['true_positives', 'false_positives', 'true_negatives', 'false_negatives'].map((name) =>
        field(name, 'INT64'),
      ),
    ];
  },
  async run(model, call) {
    const ranked = call.input
      ? await rankInput(call.functionName, model, call.input)
      : (model.evaluation as { ranked: RankedScores }).ranked;
    const thresholds = thresholdsOf(call) ?? percentileThresholds(ranked);
    const rows = thresholds.map((threshold) => countsAt(ranked, threshold));
    return [
      numbers(rows.map((row) => row.threshold)),
      numbers(rows.map((row) => row.truePositives / ranked.positives.length)),
      numbers(rows.map((row) => row.falsePositives / ranked.negatives.length)),
      numbers(rows.map((row) => row.truePositives)),
      numbers(rows.map((row) => row.falsePositives)),
      numbers(rows.map((row) => row.trueNegatives)),
      numbers(rows.map((row) => row.falseNegatives)),
    ];
  },
};

async function rankInput(
  functionName: string,
  model: Model,
  input: Parameters<typeof scoreLabelledInput>[2],
): Promise<RankedScores> {
  const { actual, scores } = await scoreLabelledInput(functionName, model, input, 'refused');
  return scoresOf({ actual, probabilities: scores, classCount: 2 }, 0);
}

/** The thresholds given, highest first. */
function thresholdsOf(call: CallShape): number[] | undefined {
  const [given] = call.extra;
  if (given === undefined) return undefined;
  const values = given instanceof Float64Array ? [...given] : given;
  const isNumber = (x: unknown) => typeof x === 'number' || typeof x === 'bigint';
  if (!Array.isArray(values) || !values.every(isNumber)) {
    throw fail(call.functionName, 'The thresholds must be an ARRAY<FLOAT64>.');
  }
  return values.map(Number).sort((a, b) => b - a);
}
