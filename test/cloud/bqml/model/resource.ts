/** The models resource of the BigQuery REST API. int64 values are strings there. */
import { createHash } from 'node:crypto';
import type { BqType } from '../../bigquery/types.ts';
import { ranked } from '../explain/global.ts';
import type { ImportedModel } from '../imported/onnx_model.ts';
import { columnType, type TensorSpec } from '../imported/tensors.ts';
import { evaluationMetrics, jsonNumber } from './evaluation_resource.ts';
import { isImported, type Model, type StoredModel } from './model.ts';
import { trainingOptions } from './options_resource.ts';
import { tuningOf } from './tuning_resource.ts';

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
  ...tuningOf(model),
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

const DETAILS = new Set([
  'trainingRuns',
  'featureColumns',
  'labelColumns',
  'hparamSearchSpaces',
  'hparamTrials',
  'optimalTrialIds',
  'defaultTrialId',
]);

/** What models.list answers of a model. */
export function modelSummary(model: StoredModel, location: string): Json {
  const resource = modelResource(model, location);
  return Object.fromEntries(Object.entries(resource).filter(([key]) => !DETAILS.has(key)));
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
