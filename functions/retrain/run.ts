/** One retraining, from the warehouse's tables to the version that serves. */
import type { UnknownCategory } from '../../shared/bridge/encoding.ts';
import { BACKGROUND_FILE, decodeBackground } from '../../shared/bundle/background.ts';
import {
  type BundleRef,
  findBundle,
  MODEL_FILE,
  readManifest,
  writeBundle,
} from '../../shared/bundle/bundle.ts';
import {
  type Gate,
  MANIFEST_FORMAT,
  type Manifest,
  type Metrics,
  versionId,
} from '../../shared/bundle/manifest.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import { readDeployment } from '../../shared/registry/deployment.ts';
import { birthEvents } from '../../shared/registry/events.ts';
import { appendEvent, completeJournal } from '../../shared/registry/journal.ts';
import { sampleBackground } from './background.ts';
import type { Context } from './context.ts';
import { type Converted, convert } from './convert.ts';
import { keepCosts } from './costs.ts';
import { type Found, judgeGates } from './gates.ts';
import { keepImportance } from './importance.ts';
import { type Judgement, judge } from './judge.ts';
import { reversalsOf } from './monotone.ts';
import { askWarehouse, compare, type Parity, refuseOffenders } from './parity.ts';
import { type Plan, planRun } from './plan.ts';
import { type Promotion, promote } from './promote.ts';
import { fewestApproved } from './reference.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import { predictUnseen, trainModels } from './train.ts';

export interface RunRequest {
  readonly asOf: Date;
  /** Who asked: a person's name or a job's, for the audit. */
  readonly actor: string;
}

/** What a run answers and logs. */
export interface RunSummary {
  readonly portfolio: string;
  readonly version: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly excluded: Readonly<Record<string, number>>;
  readonly metrics: Metrics;
  readonly parity: { readonly rows: number; readonly largest_difference: number };
  readonly gates: readonly Gate[];
  /** Whether the version now serves, or why it does not. */
  readonly promotion: Promotion | 'refused by its gates';
}

/**
 * Every step is a job with a name of its own or a conditional write, so a run that is repeated for
 * the same time joins what is there and ends with the same version and one promotion.
 */
export async function run(context: Context, request: RunRequest): Promise<RunSummary> {
  const plan = planRun(context.portfolio, request.asOf);
  const log = context.log.with({ portfolio: context.portfolio.id, version: plan.version });
  const { objects } = context.models;
  const found = await findBundle(objects, context.portfolio.id, plan.version);
  const { ref, manifest } = found ?? (await build({ ...context, log }, plan));
  const promotion = await release(context, request, ref, manifest);
  log.notice('retrained', { gates: manifest.gates, promotion });
  return {
    portfolio: manifest.portfolio.id,
    version: manifest.version,
    rows: manifest.training.rows,
    excluded: manifest.training.excluded,
    metrics: manifest.metrics,
    parity: manifest.parity,
    gates: manifest.gates,
    promotion,
  };
}

/** Trains, judges, converts, proves and writes a version. */
async function build(
  context: Context,
  plan: Plan,
): Promise<{ ref: BundleRef; manifest: Omit<Manifest, 'files'> }> {
  const { log, models, portfolio } = context;
  log.info('retraining', { from: plan.from, until: plan.until, as_of: plan.asOf });
  const snapshot = await takeSnapshot(context, plan);
  log.info('snapshot taken', { rows: snapshot.rows, excluded: snapshot.excluded });
  const judges = await trainModels(context, plan);
  await predictUnseen(context, plan, judges);
  const judgement = await judge(context, plan);
  log.info('judged', { metrics: judgement.metrics, calibration: judgement.calibration });
  const { converted, parity } = await convertProven(context, plan, judgement);
  log.info('parity proven', { rows: parity.rows, largest_difference: parity.largest_difference });
  const champion = await championMetrics(context);
  const background = await sampleBackground(context, plan, converted.inputs);
  const found = await findOnRows(portfolio, converted, background);
  const gates = judgeGates(portfolio, judgement.metrics, parity, found, champion);
  const manifest = {
    ...describe(context, plan, snapshot, judgement, converted, parity, gates),
    background: background.description,
  };
  const files = new Map([...converted.files, [BACKGROUND_FILE, background.bytes]]);
  await keepImportance(context, plan, converted, background);
  await keepCosts(context, plan);
  const ref = await writeBundle(models.objects, manifest, files);
  return { ref, manifest };
}

/** What gates ask of the rows that the version keeps. */
async function findOnRows(
  portfolio: Portfolio,
  { inputs, files }: Converted,
  { bytes, description }: Awaited<ReturnType<typeof sampleBackground>>,
): Promise<Found> {
  const model = files.get(MODEL_FILE)!;
  const rows = decodeBackground(bytes, description);
  return {
    reversals: reversalsOf(portfolio, inputs, model, rows),
    approved: await fewestApproved(portfolio, model, rows),
  };
}

/**
 * Converts the model and holds it against the warehouse. The documentation and the exported
 * predictor disagree on what an unknown category becomes: the rows decide.
 */
async function convertProven(
  context: Context,
  plan: Plan,
  { curve }: Judgement,
): Promise<{ converted: Converted; parity: Parity }> {
  const references = await askWarehouse(context, plan);
  const attempt = async (unknown: UnknownCategory) => {
    const converted = await convert(context, plan, curve, unknown);
    const model = converted.files.get(MODEL_FILE)!;
    return { converted, parity: await compare(context, references, converted.inputs, model) };
  };
  const first = await attempt('missing');
  const textual = first.converted.inputs.some(({ kind }) => kind !== 'number');
  const result =
    first.parity.offenders.length > 0 && textual ? await attempt('null_filler') : first;
  refuseOffenders(result.parity, result === first ? 'missing' : 'null_filler');
  return result;
}

async function championMetrics({ models, portfolio }: Context): Promise<Metrics | undefined> {
  const stored = await readDeployment(models.objects, portfolio.id);
  const champion = stored?.deployment.champion;
  if (!champion) return undefined;
  // Of the manifest alone: a champion whose model is damaged must not keep out its successor.
  const { metrics } = await readManifest(models.objects, portfolio.id, champion);
  return metrics;
}

function describe(
  context: Context,
  plan: Plan,
  snapshot: Snapshot,
  judgement: Judgement,
  converted: Converted,
  parity: Parity,
  gates: readonly Gate[],
): Omit<Manifest, 'files'> {
  const { portfolio, warehouse } = context;
  const {
    application,
    outcome: _,
    model,
    policy,
    reasons,
    sql,
    features,
    policy_columns,
    ...document
  } = portfolio;
  return {
    format: MANIFEST_FORMAT,
    version: versionId.parse(plan.version),
    portfolio: document,
    contract: application,
    sql: { ...sql },
    features,
    inputs: converted.inputs as Manifest['inputs'],
    model: {
      ...model,
      bigquery_model: `${warehouse.projectId}.${warehouse.datasetId}.${plan.model}`,
      class_names: [...converted.classNames],
    },
    training: {
      as_of: plan.asOf.toISOString(),
      snapshot: `${warehouse.projectId}.${warehouse.datasetId}.${plan.tables.snapshot}`,
      query: snapshot.query,
      rows: snapshot.rows,
      excluded: snapshot.excluded,
    },
    calibration: judgement.calibration,
    metrics: judgement.metrics,
    parity: {
      rows: parity.rows,
      largest_difference: parity.largest_difference,
      tolerance: parity.tolerance,
    },
    gates: [...gates],
    policy,
    policy_columns,
    reasons,
    golden: [...parity.golden],
  };
}

/** Promotes a version that passed its gates, and sees to it that the registry knows all. */
async function release(
  { models: { objects }, portfolio, registryEvents, now }: Context,
  { actor }: RunRequest,
  ref: BundleRef,
  manifest: Omit<Manifest, 'files'>,
): Promise<RunSummary['promotion']> {
  const act = { by: actor, reason: 'retrained; all gates passed', at: now() };
  for (const event of birthEvents(ref, manifest, act)) await appendEvent(objects, event);
  const passed = manifest.gates.every((gate) => gate.passed);
  const promotion = passed
    ? await promote(objects, portfolio.id, ref, act)
    : 'refused by its gates';
  await completeJournal(objects, registryEvents, portfolio.id, act.at);
  return promotion;
}
