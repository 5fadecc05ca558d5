import { numbersOf } from '../data/values.ts';
import { type ClassificationMetrics, classificationMetrics } from '../metrics/classification.ts';
import { type RegressionMetrics, regressionMetrics } from '../metrics/regression.ts';
import { field, type MlFunction, numbers, thresholdOf } from './function.ts';
import { checkLabelledInput, scoreLabelledInput } from './scored_input.ts';

const CLASSIFICATION: readonly [string, keyof ClassificationMetrics][] = [
  ['precision', 'precision'],
  ['recall', 'recall'],
  ['accuracy', 'accuracy'],
  ['f1_score', 'f1Score'],
  ['log_loss', 'logLoss'],
  ['roc_auc', 'rocAuc'],
];

const REGRESSION: readonly [string, keyof RegressionMetrics][] = [
  ['mean_absolute_error', 'meanAbsoluteError'],
  ['mean_squared_error', 'meanSquaredError'],
  ['mean_squared_log_error', 'meanSquaredLogError'],
  ['median_absolute_error', 'medianAbsoluteError'],
  ['r2_score', 'r2Score'],
  ['explained_variance', 'explainedVariance'],
];

/** ML.EVALUATE: one row of metrics, of the given rows or of those that evaluated the training. */
export const EVALUATE: MlFunction = {
  input: 'optional',
  settings: ['threshold'],
  trials: 'named',
  fields(model, call) {
    thresholdOf(model, call);
    checkLabelledInput(model, call);
    const names = model.label.classes ? CLASSIFICATION : REGRESSION;
    return names.map(([name]) => field(name, 'FLOAT64'));
  },
  async run(model, call) {
    const { input, functionName } = call;
    if (!input) return pick(model.evaluation.metrics);
    const { labels, actual, scores } = await scoreLabelledInput(
      functionName,
      model,
      input,
      'refused',
    );
    if (!model.label.classes) return pick(regressionMetrics(numbersOf(labels), scores));
    const threshold = thresholdOf(model, { ...call, inputFields: input.fields });
    const classCount = model.label.classes.length;
    return pick(classificationMetrics({ actual, probabilities: scores, classCount }, threshold));
  },
};

const pick = (metrics: ClassificationMetrics | RegressionMetrics) =>
  'rocAuc' in metrics
    ? CLASSIFICATION.map(([, key]) => numbers([metrics[key]]))
    : REGRESSION.map(([, key]) => numbers([metrics[key]]));
