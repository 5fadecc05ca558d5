/** The models resource of the BigQuery REST API. int64 values are strings there. */
import { createHash } from 'node:crypto';
import type { BqType } from '../../bigquery/types.ts';
import { isApproximate, ranked } from '../explain/global.ts';
import type { ImportedModel } from '../imported/onnx_model.ts';
import { columnType, type TensorSpec } from '../imported/tensors.ts';
import type { ClassificationMetrics } from '../metrics/classification.ts';
import { countsAt, percentileThresholds, type RankedScores } from '../metrics/ranking.ts';
import type { ClassWeight, OptionDefinition, OptionValue } from '../options/definition.ts';
import type { Settings } from '../options/settings.ts';
import { type Evaluation, isImported, type Model, type StoredModel } from './model.ts';

type Json = Record<string, unknown>;

/** The whole resource. `location` is that of the dataset. */
export function modelResource(model: StoredModel, location: string): Json {
  const { friendlyName, description, labels, expirationTime } = model.metadata;
  const resource = {
    modelReference: model.ref,
    creationTime: String(model.creationTime),
    lastModifiedTime: String(model.lastModifiedTime),
    ...(friendlyName === undefined ? {} : { friendlyName }),
    ...(description === undefined ? {} : { description }),
    ...(labels === undefined ? {} : { labels }),
    ...(expirationTime === undefined ? {} : { expirationTime: String(expirationTime) }),
    location,
    ...(isImported(model) ? importedParts(model) : trainedParts(model)),
  };
  return { etag: etagOf(resource), ...resource };
}

const trainedParts = (model: Model): Json => ({
  modelType: model.settings.type.restName,
  trainingRuns: [trainingRun(model)],
  featureColumns: model.features.map(({ name, type }) => sqlField(name, { kind: type })),
  labelColumns: [sqlField(`predicted_${model.label.name}`, { kind: model.label.type })],
});

/** Of an imported model the inputs are its features, and the outputs its labels. */
function importedParts({ modelUri, inputs, outputs, creationTime }: ImportedModel): Json {
  const fieldOf = (spec: TensorSpec) => sqlField(spec.name, columnType(spec));
  return {
    modelType: 'ONNX',
    trainingRuns: [
      {
        trainingOptions: { modelUri },
        trainingStartTime: String(creationTime),
        startTime: new Date(creationTime).toISOString(),
        results: [],
      },
    ],
    featureColumns: inputs.map(fieldOf),
    labelColumns: outputs.map(fieldOf),
  };
}

/** What models.list answers of a model. */
export function modelSummary(model: StoredModel, location: string): Json {
  const { trainingRuns, featureColumns, labelColumns, ...summary } = modelResource(model, location);
  return summary;
}

const etagOf = (resource: Json): string =>
  createHash('sha1').update(JSON.stringify(resource)).digest('base64');

const sqlField = (name: string, type: BqType) => ({ name, type: sqlType(type) });

/** StandardSqlDataType. */
const sqlType = (type: BqType): Json =>
  type.kind === 'ARRAY'
    ? { typeKind: 'ARRAY', arrayElementType: sqlType(type.element) }
    : { typeKind: type.kind };

function trainingRun(model: Model): Json {
  return {
    trainingOptions: trainingOptions(model.settings),
    trainingStartTime: String(model.trainingStartTime),
    startTime: new Date(model.trainingStartTime).toISOString(),
    results: model.iterations.map(({ index, durationMs, trainingLoss, evalLoss, learnRate }) => ({
      index,
      durationMs: String(Math.round(durationMs)),
      trainingLoss: jsonNumber(trainingLoss),
      ...(evalLoss === undefined ? {} : { evalLoss: jsonNumber(evalLoss) }),
      learnRate: jsonNumber(learnRate),
    })),
    evaluationMetrics: evaluationMetrics(model.evaluation, model.label.classes),
    ...globalExplanations(model),
  };
}

/** Those of the model and of its classes; classes come in descending order. */
function globalExplanations({ globalExplanation, features, label }: Model): Json {
  if (!globalExplanation) return {};
  const explanations = (attributions: readonly number[]) =>
    ranked(features, attributions).map(({ feature: featureName, attribution }) => ({
      featureName,
      attribution,
    }));
  return {
    modelLevelGlobalExplanation: { explanations: explanations(globalExplanation.model) },
    ...(globalExplanation.classes && {
      classLevelGlobalExplanations: globalExplanation.classes.map((attributions, k) => ({
        explanations: explanations(attributions),
        classLabel: label.classes![k],
      })),
    }),
  };
}

/** JSON has no NaN or infinity; Google's APIs write them as text. */
const jsonNumber = (x: number): number | string => (Number.isFinite(x) ? x : String(x));

function trainingOptions(settings: Settings): Json {
  const options: Json = {
    lossType: settings.type.task === 'classification' ? 'MEAN_LOG_LOSS' : 'MEAN_SQUARED_LOSS',
  };
  for (const [name, definition] of Object.entries(settings.type.options)) {
    const value = usedValue(settings, name);
    if (value === undefined || !definition.rest) continue;
    options[definition.rest] = restValue(definition, value);
  }
  return options;
}

/** The value of an option; of one whose default hangs on others, the one that was used. */
const usedValue = (settings: Settings, name: string): OptionValue | undefined =>
  name === 'APPROX_GLOBAL_FEATURE_CONTRIB' ? isApproximate(settings) : settings.value(name);

/** Words that the REST API spells otherwise. */
const REST_WORDS: Readonly<Record<string, string>> = { SEQ: 'SEQUENTIAL' };

function restValue(definition: OptionDefinition, value: OptionValue): unknown {
  if (definition.kind === 'INT64') return String(value);
  if (definition.kind === 'CLASS_WEIGHTS') {
    return Object.fromEntries(value as readonly ClassWeight[]);
  }
  return definition.choices ? (REST_WORDS[String(value)] ?? value) : value;
}

function evaluationMetrics(evaluation: Evaluation, classes: readonly string[] | undefined): Json {
  if (evaluation.kind === 'regression') {
    const { metrics } = evaluation;
    return {
      regressionMetrics: {
        meanAbsoluteError: jsonNumber(metrics.meanAbsoluteError),
        meanSquaredError: jsonNumber(metrics.meanSquaredError),
        meanSquaredLogError: jsonNumber(metrics.meanSquaredLogError),
        medianAbsoluteError: jsonNumber(metrics.medianAbsoluteError),
        rSquared: jsonNumber(metrics.r2Score),
      },
    };
  }
  const { metrics, ranked, confusion } = evaluation;
  if (ranked) {
    return {
      binaryClassificationMetrics: {
        aggregateClassificationMetrics: { ...aggregate(metrics), threshold: 0.5 },
        binaryConfusionMatrixList: binaryMatrices(ranked),
        positiveLabel: classes![0],
        negativeLabel: classes![1],
      },
    };
  }
  const rows = confusion.map((counts, actual) => ({
    actualLabel: classes![actual],
    entries: counts.map((count, k) => ({ predictedLabel: classes![k], itemCount: `${count}` })),
  }));
  return {
    multiClassClassificationMetrics: {
      aggregateClassificationMetrics: aggregate(metrics),
      confusionMatrixList: [{ confidenceThreshold: 0, rows: rows.toReversed() }],
    },
  };
}

const aggregate = (metrics: ClassificationMetrics): Json =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, jsonNumber(value)]));

function binaryMatrices(ranked: RankedScores): Json[] {
  return percentileThresholds(ranked).map((threshold) => {
    const counts = countsAt(ranked, threshold);
    const { truePositives, falsePositives, trueNegatives, falseNegatives } = counts;
    const right = truePositives + trueNegatives;
    return {
      positiveClassThreshold: threshold,
      truePositives: `${truePositives}`,
      falsePositives: `${falsePositives}`,
      trueNegatives: `${trueNegatives}`,
      falseNegatives: `${falseNegatives}`,
      precision: jsonNumber(truePositives / (truePositives + falsePositives)),
      recall: jsonNumber(truePositives / (truePositives + falseNegatives)),
      f1Score: jsonNumber(
        (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
      ),
      accuracy: jsonNumber(right / (right + falsePositives + falseNegatives)),
    };
  });
}
