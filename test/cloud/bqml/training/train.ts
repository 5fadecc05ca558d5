import type { ModelRef } from '../../bigquery/names.ts';
import type { InputTable, TrainingIteration } from '../../bigquery/ports.ts';
import { invalidQuery } from '../../errors.ts';
import { explainGlobally } from '../explain/global.ts';
import {
  classificationMetrics,
  confusionMatrix,
  predictedClasses,
  scoresOf,
} from '../metrics/classification.ts';
import { regressionMetrics } from '../metrics/regression.ts';
import type { Body, Evaluation, Learnt, Model } from '../model/model.ts';
import type { Settings } from '../options/settings.ts';
import { type Scorer, scoreCoded } from '../predict/score.ts';
import { tune } from '../tuning/tune.ts';
import { type Rows, readTrainingData, type TrainingData } from './data.ts';
import { trainLinear } from './linear.ts';
import { trainTrees } from './trees.ts';
import type { Watch } from './watch.ts';

/** "The size of the model must be 90 MB or less or the query fails" (CREATE MODEL, Limitations). */
const MOST_BYTES = 90 * 2 ** 20;

/** Trains a model from a query's rows. @throws {ApiError} naming what is wrong with the data. */
export async function trainModel(
  ref: ModelRef,
  settings: Settings,
  input: InputTable,
  watch: Watch,
): Promise<Model> {
  const trainingStartTime = watch.now();
  const data = await readTrainingData(input, settings, watch.signal);
  const { label, features } = data;
  const learnt = settings.isTuned
    ? await tuneModel(settings, data, watch)
    : await learn(settings, data, watch);
  const now = watch.now();
  return {
    ref,
    settings,
    label,
    features,
    ...learnt,
    metadata: {},
    creationTime: now,
    lastModifiedTime: now,
    trainingStartTime,
  };
}

/** Trains with one set of options. @param rows that the model is evaluated on */
async function learn(
  settings: Settings,
  data: TrainingData,
  watch: Watch,
  rows = data.evaluation ?? data.training,
): Promise<Learnt> {
  const iterations: TrainingIteration[] = [];
  const onIteration = (iteration: TrainingIteration) => {
    iterations.push(iteration);
    watch.onIteration(iteration);
  };
  const train = settings.type.family === 'linear' ? trainLinear : trainTrees;
  const body = await train(settings, data, { ...watch, onIteration });
  refuseLarge(body);
  const scorer = { label: data.label, features: data.features, body };
  const globalExplanation = settings.flag('ENABLE_GLOBAL_EXPLAIN')
    ? await explainGlobally(scorer, settings, data.evaluation ?? data.training, watch.signal)
    : undefined;
  return {
    body,
    iterations,
    evaluation: evaluate(scorer, rows),
    ...(globalExplanation ? { globalExplanation } : {}),
  };
}

/** Trials are compared on the evaluation rows and measured on those of the test; iterations are not kept. */
async function tuneModel(settings: Settings, data: TrainingData, watch: Watch) {
  const evaluation = data.evaluation ?? data.training;
  const quiet = { ...watch, onIteration: () => {} };
  const tuning = await tune(
    settings,
    async (trial) => {
      const learnt = await learn(trial, data, quiet, data.test ?? evaluation);
      const evaluated = evaluate({ ...data, body: learnt.body }, evaluation);
      return { learnt: { ...learnt, iterations: learnt.iterations.slice(-1) }, evaluated };
    },
    watch,
  );
  const optimal = tuning.trials.find(({ id }) => id === tuning.optimal)!;
  return { ...optimal.learnt!, iterations: [], tuning };
}

function refuseLarge(body: Body): void {
  if (body.kind !== 'trees') return;
  // A node of the exported booster takes 36 bytes.
  const bytes = body.booster.trees.reduce((sum, tree) => sum + 36 * tree.left.length, 0);
  if (bytes <= MOST_BYTES) return;
  const size = Math.ceil(bytes / 2 ** 20);
  throw invalidQuery(
    `The model is ${size} MB, but must be 90 MB or less: train fewer or shallower trees.`,
  );
}

function evaluate(scorer: Scorer, rows: Rows): Evaluation {
  const scores = scoreCoded(scorer, rows.coded, rows.count);
  const { classes } = scorer.label;
  if (!classes) {
    return { kind: 'regression', metrics: regressionMetrics(rows.targets, scores) };
  }
  const classCount = classes.length;
  const scored = { actual: Int32Array.from(rows.targets), probabilities: scores, classCount };
  return {
    kind: 'classification',
    metrics: classificationMetrics(scored),
    confusion: confusionMatrix(scored.actual, predictedClasses(scores, classCount), classCount),
    ...(classCount === 2 ? { ranked: scoresOf(scored, 0) } : {}),
  };
}
