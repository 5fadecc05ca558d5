/** Who decides again: any version of a model, or none, by its own policy or another. */
import type { Bundle } from '../bundle/bundle.ts';
import { type DecisionEvent, decide, decideWithoutModel } from '../decision/decide.ts';
import { RowError } from '../features/errors.ts';
import type { FeatureProgram } from '../features/program.ts';
import type { Log } from '../log.ts';
import { compileFigure, createColumnAt, createReader } from '../policy/columns.ts';
import type { PolicyDocument } from '../policy/document.ts';
import { createPolicies } from '../policy/versions.ts';
import { createCheck, type RecordCheck } from '../portfolio/contract.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import { type Deployment, firstDeployment } from '../registry/deployment.ts';
import { createOnnxScorer } from '../scorer/onnx_scorer.ts';
import type { Scorer } from '../scorer/scorer.ts';
import {
  type Application,
  createServingModel,
  type Scored,
  type ServingModel,
} from '../serving/serving_model.ts';
import { RecordError, type Recorded } from './recorded.ts';

/** A policy, and the columns that it reads where they are not those of the version that decides. */
export interface PolicySource {
  readonly policy: PolicyDocument;
  readonly policy_columns?: FeatureProgram | undefined;
}

/** A decision made again, and the exposure that it was about, in the policy's currency. */
export interface Redone {
  readonly event: DecisionEvent;
  readonly amount: number | null;
}

export interface Decider {
  /** Null where no model is asked. */
  readonly version: string | null;
  /** The policy that it decides by. */
  readonly source: PolicySource;
  /** @throws {RecordError} for a request that its contract does not allow, or it cannot read */
  decide(recorded: Recorded): Promise<Redone>;
  /**
   * The same with the last bits that decisions by onnxruntime once had: the whole graph ran there, its
   * sigmoid too. Undefined where onnxruntime did not score.
   * @throws {RecordError}
   */
  decideAsOnce(recorded: Recorded): Promise<Redone> | undefined;
}

export interface Deciders {
  /**
   * @param version null for the policy alone, as when no model can be asked
   * @param source the version's own policy where undefined; without a model the folder's
   * @throws {BundleError} for a version that cannot be used
   * @throws {Error} for a policy that asks for columns that there are not
   */
  of(version: string | null, source?: PolicySource): Promise<Decider>;
  close(): Promise<void>;
}

export interface DecidersOptions {
  /** @throws {BundleError} */
  readonly open: (version: string) => Promise<Bundle>;
  /** The portfolio's folder, for decisions that were made without a model. */
  readonly portfolio: Portfolio;
  /** Which moment's policy holds; each decision's own where undefined. */
  readonly policyAt: Date | undefined;
  readonly log: Log;
}

/** A model as it serves, and its graph whole. */
interface Opened {
  readonly model: ServingModel;
  /** Opened when first asked for. */
  readonly whole: () => Promise<Scorer>;
  close(): Promise<void>;
}

export function createDeciders(options: DecidersOptions): Deciders {
  const models = new Map<string, Promise<Opened>>();
  const known = new Map<string | null, Map<PolicySource | undefined, Promise<Decider>>>();
  const modelOf = (version: string): Promise<Opened> => {
    const model = models.get(version) ?? options.open(version).then(openModel);
    models.set(version, model);
    return model;
  };
  const create = async (version: string | null, source?: PolicySource) =>
    version === null
      ? withoutModel(options, source)
      : withModel(await modelOf(version), source, options);
  return {
    of(version, source) {
      const bySource = known.get(version) ?? new Map<PolicySource | undefined, Promise<Decider>>();
      known.set(version, bySource);
      const decider = bySource.get(source) ?? create(version, source);
      bySource.set(source, decider);
      return decider;
    },
    async close() {
      for (const model of await Promise.allSettled(models.values())) {
        if (model.status === 'fulfilled') await model.value.close();
      }
    },
  };
}

async function openModel(bundle: Bundle): Promise<Opened> {
  const model = await createServingModel(bundle);
  let opening: Promise<Scorer> | undefined;
  return {
    model,
    whole() {
      opening ??= createOnnxScorer(bundle.model);
      return opening;
    },
    async close() {
      await model.close();
      await (await opening)?.close();
    },
  };
}

function withPolicy(model: ServingModel, source: PolicySource | undefined): ServingModel {
  if (!source) return model;
  const { policy, policy_columns = model.manifest.policy_columns } = source;
  return {
    ...model,
    manifest: { ...model.manifest, policy, policy_columns },
    policies: createPolicies(policy, policy_columns),
    read: createReader(policy_columns),
  };
}

function withModel(
  { model: served, whole }: Opened,
  source: PolicySource | undefined,
  { policyAt, log }: DecidersOptions,
): Decider {
  const model = withPolicy(served, source);
  const { version, policy, policy_columns } = model.manifest;
  const alone = { generation: 0, deployment: NOBODY, challenger: undefined, shadows: [] };
  // The bits are those of the engine that was there at the time.
  const champions = {
    onnxruntime: model,
    kernel: { ...model, score: (application: Application) => model.scoreByKernel(application) },
  };
  const once = {
    ...model,
    score: (application: Application) => scoreWhole(model, whole, application),
  };
  const amountOf = createAmount(model, policy_columns);
  const decideBy = async (
    champion: ServingModel,
    { application, decisionId, at }: Recorded,
  ): Promise<Redone> => {
    refuseForeign(model.check, application);
    const moment = policyAt ?? at;
    const occasion = { decisionId, at: moment, log };
    const event = await read(decide(application, { ...alone, champion }, occasion));
    return { event, amount: amountOf(application, moment) };
  };
  return {
    version,
    source: { policy, policy_columns },
    decide: (recorded) => decideBy(champions[recorded.engine], recorded),
    decideAsOnce: (recorded) =>
      recorded.engine === 'onnxruntime' ? decideBy(once, recorded) : undefined,
  };
}

async function scoreWhole(
  model: ServingModel,
  whole: () => Promise<Scorer>,
  application: Application,
): Promise<Scored> {
  const { features, row } = await model.scoreByKernel(application);
  const { probability, pd } = await (await whole()).score(row);
  return { probability: probability[0]!, pd: pd[0]!, engine: 'onnxruntime', features, row };
}

function withoutModel(
  { portfolio, policyAt, log }: DecidersOptions,
  source: PolicySource | undefined,
): Decider {
  const { policy, policy_columns = portfolio.policy_columns } = source ?? portfolio;
  const policies = createPolicies(policy, policy_columns);
  const alone = { portfolio, policies, read: createReader(policy_columns) };
  const check = createCheck(portfolio.application, 'checkout');
  const amountOf = createAmount(alone, policy_columns);
  return {
    version: null,
    source: { policy, policy_columns },
    async decide({ application, decisionId, at, row }) {
      refuseForeign(check, application);
      const moment = policyAt ?? at;
      const obstacle = { why: String(row.fallback), generation: null };
      const occasion = { decisionId, at: moment, log };
      const event = decideWithoutModel(application, alone, occasion, obstacle);
      return { event, amount: amountOf(application, moment) };
    },
    decideAsOnce: () => undefined,
  };
}

/** Only the arm that is asked counts. */
const NOBODY: Deployment = {
  ...firstDeployment('replay'),
  updated_at: '2000-01-01T00:00:00Z',
  updated_by: 'replay',
  reason: 'replay',
};

/** The exposure at default; null where it cannot be known. */
function createAmount(
  { policies, read }: Pick<ServingModel, 'policies' | 'read'>,
  columns: FeatureProgram,
) {
  const columnAt = createColumnAt(columns);
  return (application: Recorded['application'], at: Date): number | null => {
    const { economics } = policies.at(at).document;
    const { values } = read(application);
    const amount = compileFigure(economics.exposure_at_default, columnAt)(values);
    return Number.isFinite(amount) ? amount : null;
  };
}

function refuseForeign(check: RecordCheck, application: Recorded['application']): void {
  const checked = check(application);
  if (checked.ok) return;
  const faults = checked.faults.map(({ pointer }) => pointer || 'the whole');
  throw new RecordError(`the contract does not allow its request: ${faults.join(', ')}`);
}

/** Names the field, and not what is in it. */
async function read<T>(decision: Promise<T>): Promise<T> {
  try {
    return await decision;
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    throw new RecordError(`the features cannot read its request: /${error.field}`);
  }
}
