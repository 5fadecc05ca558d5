import type { TrainingIteration } from '../../bigquery/ports.ts';
import { type Answer, field, type MlFunction, numbers, texts } from './function.ts';

/** ML.FEATURE_INFO: statistics of the training rows; NULL where a kind of feature has none. */
export const FEATURE_INFO: MlFunction = {
  input: 'none',
  settings: [],
  fields: () => [
    field('input', 'STRING'),
    ...['min', 'max', 'mean', 'median', 'stddev'].map((name) => field(name, 'FLOAT64')),
    ...['category_count', 'null_count', 'dimension'].map((name) => field(name, 'INT64')),
  ],
  run({ features }) {
    const statistic = (name: 'min' | 'max' | 'mean' | 'median' | 'stddev') =>
      numbers(
        features.map((feature) =>
          feature.kind === 'numeric' && !Number.isNaN(feature[name]) ? feature[name] : undefined,
        ),
      );
    return [
      texts(features.map(({ name }) => name)),
      ...(['min', 'max', 'mean', 'median', 'stddev'] as const).map(statistic),
      numbers(features.map((f) => (f.kind === 'numeric' ? undefined : f.vocabulary.length - 1))),
      numbers(features.map(({ nullCount }) => nullCount)),
      numbers(features.map(() => undefined)),
    ];
  },
};

/** ML.TRAINING_INFO: a row an iteration. */
export const TRAINING_INFO: MlFunction = {
  input: 'none',
  settings: [],
  trials: 'none',
  fields: () => [
    field('training_run', 'INT64'),
    field('iteration', 'INT64'),
    field('loss', 'FLOAT64'),
    field('eval_loss', 'FLOAT64'),
    field('learning_rate', 'FLOAT64'),
    field('duration_ms', 'INT64'),
  ],
  run: ({ iterations }) => trainingInfo(iterations),
};

/** The answer of ML.TRAINING_INFO, also for a model that is still being trained. */
export const trainingInfo = (iterations: readonly TrainingIteration[]): Answer[] => [
  numbers(iterations.map(() => 0)),
  numbers(iterations.map(({ index }) => index)),
  numbers(iterations.map(({ trainingLoss }) => trainingLoss)),
  numbers(iterations.map(({ evalLoss }) => evalLoss)),
  numbers(iterations.map(({ learnRate }) => learnRate)),
  numbers(iterations.map(({ durationMs }) => Math.round(durationMs))),
];
