/** From what BigQuery ML hands over to one ONNX file. */
import { blendBoosters } from '../../shared/bridge/blend.ts';
import type { Booster } from '../../shared/bridge/booster.ts';
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
import { agreedReading, type Reading } from './agreed.ts';
import type { Context } from './context.ts';
import type { Member } from './members.ts';
import type { Plan } from './plan.ts';

/** The trees as BigQuery ML exports them; a linear model has none. */
const EXPORTED_BOOSTER = 'model.bst';

/** The label of a bad application. */
const BAD = '1';

/** What an ONNX file is made of. */
interface Source extends Reading {
  /** File name within the bundle → bytes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface Converted extends Source {
  /** The ONNX among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The trees that it was written from; undefined for a linear model. */
  readonly booster: Booster | undefined;
}

/** @param members several become one forest, which is the model from here on */
export async function convert(
  context: Context,
  plan: Plan,
  members: readonly Member[],
  calibration: Calibration,
  unknown: UnknownCategory,
): Promise<Converted> {
  const [first] = members;
  const converted =
    members.length === 1 && first!.model_type === 'LOGISTIC_REG'
      ? await convertWeights(context, plan, first!, calibration)
      : await convertTrees(context, plan, members, calibration, unknown);
  checkInputs(context, converted.inputs);
  return converted;
}

/** What BigQuery ML puts in place of a NULL, by feature. */
async function featureMeans(
  context: Context,
  plan: Plan,
  { model }: Member,
): Promise<Map<string, number>> {
  const rows = await context.warehouse.run(plan.job(`feature-statistics-${model}`), {
    sql: fill(await context.sql('retrain/feature_statistics.sql'), { model: identifier(model) }),
  });
  return new Map(
    rows
      .filter(({ mean }) => mean !== null)
      .map(({ input, mean }) => [String(input), Number(mean)]),
  );
}

async function convertTrees(
  context: Context,
  plan: Plan,
  members: readonly Member[],
  calibration: Calibration,
  unknown: UnknownCategory,
): Promise<Converted> {
  const parts = [];
  for (const member of members) parts.push(await readTrees(context, plan, member, unknown));
  const { classNames, inputs } = agreedReading(parts);
  const booster =
    parts.length === 1
      ? parts[0]!.booster
      : blendBoosters(parts.map((part, i) => ({ ...part, weight: members[i]!.weight })));
  const positive = classNames.indexOf(BAD);
  const metadata = modelMetadata(context, plan, members);
  const model = treesToOnnx(booster, positive, calibration, metadata);
  const files = new Map([...parts.flatMap((part) => [...part.files]), [MODEL_FILE, model]]);
  return { classNames, inputs, booster, files };
}

interface ReadTrees extends Source {
  /** Of the member. */
  readonly name: string;
  readonly booster: Booster;
}

async function readTrees(
  context: Context,
  plan: Plan,
  member: Member,
  unknown: UnknownCategory,
): Promise<ReadTrees> {
  const means = await featureMeans(context, plan, member);
  const exported = await exportModel(context, plan, member);
  const bytes = exported.get(EXPORTED_BOOSTER);
  if (!bytes) throw new ModelFormatError(`BigQuery ML exported no model.bst of ${member.model}.`);
  const { classNames, inputs } = readExportMetadata(assetsOf(exported), unknown);
  if (!classNames.includes(BAD)) {
    throw new ModelFormatError(
      `${member.model} knows the labels ${classNames.join(', ')}; "${BAD}" is not among them.`,
    );
  }
  return {
    name: member.name,
    booster: readXgboostBinary(bytes),
    classNames,
    inputs: inputs.map((input) => withMean(input, means)),
    files: new Map([...exported].map(([name, content]) => [member.folder + name, content])),
  };
}

/** The export may lack the mean that training used. */
const withMean = (input: InputEncoding, means: ReadonlyMap<string, number>): InputEncoding =>
  input.kind === 'number' && input.nullValue === null
    ? { ...input, nullValue: means.get(input.name) ?? null }
    : input;

/** The files of an export, by their names within it. */
async function exportModel(
  context: Context,
  plan: Plan,
  { model, folder }: Member,
): Promise<Map<string, Uint8Array>> {
  const { portfolio, models, warehouse, sql } = context;
  const prefix = bundlePrefix(portfolio.id, plan.version) + folder;
  await warehouse.run(plan.job(`export-${model}`), {
    sql: fill(await sql('retrain/export.sql'), {
      model: identifier(model),
      uri: literal(`gs://${models.bucket}/${prefix}`),
    }),
  });
  const files = new Map<string, Uint8Array>();
  for (const name of await models.objects.list(prefix)) {
    const object = await models.objects.read(name);
    if (object) files.set(name.slice(prefix.length), object.bytes);
  }
  return files;
}

const assetsOf = (files: ReadonlyMap<string, Uint8Array>): Map<string, string> =>
  new Map(
    [...files]
      .filter(([name]) => name.startsWith('assets/'))
      .map(([name, bytes]) => [name.slice('assets/'.length), Buffer.from(bytes).toString('utf8')]),
  );

/** A logistic regression leaves the warehouse as a TensorFlow graph; its weights are what we need. */
async function convertWeights(
  context: Context,
  plan: Plan,
  member: Member,
  calibration: Calibration,
): Promise<Converted> {
  const means = await featureMeans(context, plan, member);
  const rows = await context.warehouse.run(plan.job(`weights-${member.model}`), {
    sql: fill(await context.sql('retrain/weights.sql'), { model: identifier(member.model) }),
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
  const told = JSON.stringify(Object.fromEntries(weights), null, 1);
  return {
    classNames: [BAD, '0'],
    inputs: names.map((name) => ({ kind: 'number', name, nullValue: means.get(name) ?? null })),
    booster: undefined,
    files: new Map([
      [`${member.folder}weights.json`, Buffer.from(told)],
      [MODEL_FILE, logisticToOnnx(model, calibration, modelMetadata(context, plan, [member]))],
    ]),
  };
}

const modelMetadata = ({ portfolio }: Context, plan: Plan, members: readonly Member[]) => ({
  portfolio: portfolio.id,
  version: plan.version,
  features: portfolio.features.features.map(({ name }) => name).join(','),
  ...(members.length > 1
    ? { blend: members.map(({ model, weight }) => `${weight} ${model}`).join(',') }
    : {}),
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
