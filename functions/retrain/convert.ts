/** From what BigQuery ML hands over to one ONNX file. */

import type { Calibration } from '../../shared/bridge/calibration.ts';
import {
  type InputEncoding,
  readExportMetadata,
  type UnknownCategory,
} from '../../shared/bridge/encoding.ts';
import { ModelFormatError } from '../../shared/bridge/errors.ts';
import { logisticToOnnx } from '../../shared/bridge/onnx/linear.ts';
import { treesToOnnx } from '../../shared/bridge/onnx/trees.ts';
import { readXgboostBinary } from '../../shared/bridge/xgboost/binary.ts';
import { bundlePrefix, MODEL_FILE } from '../../shared/bundle/bundle.ts';
import { fill, identifier, literal } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import type { Plan } from './plan.ts';

/** The trees as BigQuery ML exports them; a linear model has none. */
export const EXPORTED_BOOSTER = 'export/model.bst';

/** The label of a bad application. */
const BAD = '1';

export interface Converted {
  readonly classNames: readonly string[];
  readonly inputs: readonly InputEncoding[];
  /** File name within the bundle → bytes: the ONNX and what it was made from. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export async function convert(
  context: Context,
  plan: Plan,
  calibration: Calibration,
  unknown: UnknownCategory,
): Promise<Converted> {
  const means = await featureMeans(context, plan);
  const source =
    context.portfolio.model.model_type === 'LOGISTIC_REG'
      ? await readWeights(context, plan, means, calibration)
      : await readTrees(context, plan, means, calibration, unknown);
  checkInputs(context, source.inputs);
  return source;
}

/** What BigQuery ML puts in place of a NULL, by feature. */
async function featureMeans(context: Context, plan: Plan): Promise<Map<string, number>> {
  const rows = await context.warehouse.run(plan.job('feature-statistics'), {
    sql: fill(await context.sql('retrain/feature_statistics.sql'), {
      model: identifier(plan.model),
    }),
  });
  return new Map(
    rows
      .filter(({ mean }) => mean !== null)
      .map(({ input, mean }) => [String(input), Number(mean)]),
  );
}

async function readTrees(
  context: Context,
  plan: Plan,
  means: ReadonlyMap<string, number>,
  calibration: Calibration,
  unknown: UnknownCategory,
): Promise<Converted> {
  const exported = await exportModel(context, plan);
  const bytes = exported.get(EXPORTED_BOOSTER);
  if (!bytes) throw new ModelFormatError('BigQuery ML exported no model.bst.');
  const booster = readXgboostBinary(bytes);
  const metadata = readExportMetadata(assetsOf(exported), unknown);
  const positive = metadata.classNames.indexOf(BAD);
  if (positive < 0) {
    throw new ModelFormatError(
      `The model knows the labels ${metadata.classNames.join(', ')}; "${BAD}" is not among them.`,
    );
  }
  const model = treesToOnnx(booster, positive, calibration, modelMetadata(context, plan));
  return {
    classNames: metadata.classNames,
    inputs: metadata.inputs.map((input) => withMean(input, means)),
    files: new Map([...exported, [MODEL_FILE, model]]),
  };
}

/** The export may lack the mean that training used. */
const withMean = (input: InputEncoding, means: ReadonlyMap<string, number>): InputEncoding =>
  input.kind === 'number' && input.nullValue === null
    ? { ...input, nullValue: means.get(input.name) ?? null }
    : input;

async function exportModel(context: Context, plan: Plan): Promise<Map<string, Uint8Array>> {
  const { portfolio, models, warehouse, sql } = context;
  const folder = `${bundlePrefix(portfolio.id, plan.version)}export/`;
  await warehouse.run(plan.job('export'), {
    sql: fill(await sql('retrain/export.sql'), {
      model: identifier(plan.model),
      uri: literal(`gs://${models.bucket}/${folder}`),
    }),
  });
  const files = new Map<string, Uint8Array>();
  for (const name of await models.objects.list(folder)) {
    const object = await models.objects.read(name);
    if (object) files.set(`export/${name.slice(folder.length)}`, object.bytes);
  }
  return files;
}

const assetsOf = (files: ReadonlyMap<string, Uint8Array>): Map<string, string> =>
  new Map(
    [...files]
      .filter(([name]) => name.startsWith('export/assets/'))
      .map(([name, bytes]) => [
        name.slice('export/assets/'.length),
        Buffer.from(bytes).toString('utf8'),
      ]),
  );

/** A logistic regression leaves the warehouse as a TensorFlow graph; its weights are what we need. */
async function readWeights(
  context: Context,
  plan: Plan,
  means: ReadonlyMap<string, number>,
  calibration: Calibration,
): Promise<Converted> {
  const rows = await context.warehouse.run(plan.job('weights'), {
    sql: fill(await context.sql('retrain/weights.sql'), { model: identifier(plan.model) }),
  });
  const weights = new Map(rows.map((row) => [String(row.processed_input), row.weight as number]));
  const names = context.portfolio.features.features.map(({ name }) => name);
  const missing = names.filter((name) => typeof weights.get(name) !== 'number');
  if (missing.length > 0) {
    throw new ModelFormatError(`The model has no single weight for ${missing.join(', ')}.`);
  }
  const model = {
    intercept: weights.get('__INTERCEPT__') ?? 0,
    weights: Float64Array.from(names, (name) => weights.get(name)!),
  };
  return {
    classNames: [BAD, '0'],
    inputs: names.map((name) => ({ kind: 'number', name, nullValue: means.get(name) ?? null })),
    files: new Map([
      ['export/weights.json', Buffer.from(JSON.stringify(Object.fromEntries(weights), null, 1))],
      [MODEL_FILE, logisticToOnnx(model, calibration, modelMetadata(context, plan))],
    ]),
  };
}

const modelMetadata = ({ portfolio }: Context, plan: Plan) => ({
  portfolio: portfolio.id,
  version: plan.version,
  features: portfolio.features.features.map(({ name }) => name).join(','),
});

/** The model must read what the feature program writes, no more and no less. */
function checkInputs({ portfolio }: Context, inputs: readonly InputEncoding[]): void {
  const ours = portfolio.features.features.map(({ name }) => name).sort();
  const theirs = inputs.map(({ name }) => name).sort();
  if (ours.join() === theirs.join()) return;
  throw new ModelFormatError(
    `The model reads ${theirs.join(', ')}; features.sql gives ${ours.join(', ')}.`,
  );
}
