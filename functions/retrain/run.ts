/** One retraining, from the warehouse's tables to the version that serves. */
import { findBundle } from '../../shared/bundle/bundle.ts';
import type { Gate, Metrics } from '../../shared/bundle/manifest.ts';
import { completeJournal } from '../../shared/registry/journal.ts';
import { writeVersion } from './bundle.ts';
import type { Context } from './context.ts';
import { keepCosts } from './costs.ts';
import { type Plan, planRun } from './plan.ts';
import { convertStep, createConversions, repeatAttempt } from './steps/convert.ts';
import { type Deployed, deployStep } from './steps/deploy.ts';
import { evaluateStep } from './steps/evaluate.ts';
import { gatesStep } from './steps/gates.ts';
import { parityStep } from './steps/parity.ts';
import { createRecords, type Records } from './steps/records.ts';
import { registerStep } from './steps/register.ts';
import { snapshotStep } from './steps/snapshot.ts';
import { trainStep } from './steps/train.ts';

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
  readonly promotion: Deployed;
}

/**
 * A run is a row of steps (`steps/`). What a step gave is kept, and read when the run is repeated for
 * the same time; within a step every job has a name of its own and every write is conditional. So a
 * run that was killed anywhere, or is called twice, ends with the same version and one promotion.
 */
export async function run(context: Context, request: RunRequest): Promise<RunSummary> {
  const { portfolio, models, registryEvents } = context;
  const plan = planRun(portfolio, request.asOf);
  const log = context.log.with({ portfolio: portfolio.id, version: plan.version });
  const logged = { ...context, log };
  const records = createRecords(logged, plan);
  const { actor } = await records.begin(request.asOf, request.actor);
  await records.failIfRefused();
  const { ref, manifest } = await findOrBuild(logged, plan, records);
  const registered = { ref, manifest, actor };
  await records.take(registerStep, registered);
  const promotion = await records.take(deployStep, registered);
  await completeJournal(models.objects, registryEvents, portfolio.id, context.now());
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

/** A version is made once for its time, whatever becomes of the portfolio's files. */
async function findOrBuild(context: Context, plan: Plan, records: Records) {
  const find = () => findBundle(context.models.objects, context.portfolio.id, plan.version);
  const found = await find();
  if (found) return found;
  await build(context, plan, records);
  return (await find())!;
}

/** Trains, judges, converts, proves and writes a version. */
async function build(context: Context, plan: Plan, records: Records): Promise<void> {
  const { take } = records;
  context.log.info('retraining', { from: plan.from, until: plan.until, as_of: plan.asOf });
  const snapshot = await take(snapshotStep, {});
  const judges = await take(trainStep, {});
  const evaluation = await take(evaluateStep, judges);
  const conversions = createConversions(context, plan, evaluation);
  const attempts = await take(convertStep, conversions);
  const proof = await take(parityStep, { attempts, conversions });
  const proven = attempts.find(({ unknown }) => unknown === proof.unknown)!;
  const converted = await repeatAttempt(conversions, proven);
  const gates = await take(gatesStep, { evaluation, proof, converted });
  await keepCosts(context, plan, await records.jobs());
  await writeVersion(context, plan, { snapshot, evaluation, proof, converted, gates });
}
