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
import type { Body, Evaluation, Model } from '../model/model.ts';
import type { Settings } from '../options/settings.ts';
import { type Scorer, scoreCoded } from '../predict/score.ts';
import { type Rows, readTrainingData } from './data.ts';
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
  const iterations: TrainingIteration[] = [];
  const onIteration = (iteration: TrainingIteration) => {
    iterations.push(iteration);
    watch.onIteration(iteration);
  };
  const train = settings.type.family === 'linear' ? trainLinear : trainTrees;
  const body = await train(settings, data, { ...watch, onIteration });
  refuseLarge(body);
  const scorer = { label: data.label, features: data.features, body };
  const evaluation = data.evaluation ?? data.training;
  const globalExplanation = settings.flag('ENABLE_GLOBAL_EXPLAIN')
    ? await explainGlobally(scorer, settings, evaluation, watch.signal)
    : undefined;
  const now = watch.now();
  return {
    ref,
    settings,
    ...scorer,
    iterations,
    evaluation: evaluate(scorer, evaluation),
    ...(globalExplanation ? { globalExplanation } : {}),
    metadata: {},
    creationTime: now,
    lastModifiedTime: now,
    trainingStartTime,
  };
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
