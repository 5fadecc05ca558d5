/** One retraining, from the warehouse's tables to the version that serves. */
import { findBundle } from '../../shared/bundle/bundle.ts';
import type { Gate, Metrics } from '../../shared/bundle/manifest.ts';
import { completeJournal } from '../../shared/registry/journal.ts';
import { JobUnderWay } from '../../shared/warehouse/failures.ts';
import { type Parts, writeVersion } from './bundle.ts';
import type { Context } from './context.ts';
import { membersOf } from './members.ts';
import { type Plan, planRun } from './plan.ts';
import { report } from './report.ts';
import { baselineStep } from './steps/baseline.ts';
import { checksStep } from './steps/checks.ts';
import { convertStep, createConversions, repeatAttempt } from './steps/convert.ts';
import { type Deployed, deployStep } from './steps/deploy.ts';
import { evaluateStep } from './steps/evaluate.ts';
import { gatesStep } from './steps/gates.ts';
import { importStep } from './steps/import.ts';
import { importanceStep } from './steps/importance.ts';
import { leakageStep } from './steps/leakage.ts';
import { parityStep } from './steps/parity.ts';
import { type Begun, createRecords, type Records, RunRefused } from './steps/records.ts';
import { registerStep } from './steps/register.ts';
import { selectStep } from './steps/select.ts';
import { snapshotStep } from './steps/snapshot.ts';
import type { Take } from './steps/step.ts';
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
 * @throws {JobUnderWay} when time is up: a later call goes on
 * @throws {RunRefused} where no call can end it
 */
export async function run(context: Context, request: RunRequest): Promise<RunSummary> {
  const plan = planRun(context.portfolio, request.asOf);
  const log = context.log.with({ portfolio: context.portfolio.id, version: plan.version });
  const logged = { ...context, log };
  const records = createRecords(logged, plan);
  const begun = await records.begin(request.asOf, request.actor);
  try {
    await records.failIfRefused();
    const summary = await goOn(logged, plan, begun, records);
    await report(logged, plan, begun, records);
    await records.end();
    return summary;
  } catch (error) {
    if (error instanceof JobUnderWay || error instanceof RunRefused) {
      await report(logged, plan, begun, records).catch((cause: unknown) => {
        // With no time left it is on its way.
        if (!(cause instanceof JobUnderWay)) log.error('not reported', {}, cause);
      });
    }
    throw error;
  }
}

async function goOn(
  context: Context,
  plan: Plan,
  begun: Begun,
  records: Records,
): Promise<RunSummary> {
  const { models, portfolio, registryEvents } = context;
  const { ref, manifest } = await findOrBuild(context, plan, begun, records);
  const registered = { ref, manifest, actor: begun.actor };
  await records.take(registerStep, registered);
  const promotion = await records.take(deployStep, registered);
  await completeJournal(models.objects, registryEvents, portfolio.id, context.now());
  context.log.notice('retrained', { gates: manifest.gates, promotion });
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
async function findOrBuild(context: Context, plan: Plan, begun: Begun, records: Records) {
  const find = () => findBundle(context.models.objects, context.portfolio.id, plan.version);
  const found = await find();
  if (found) return found;
  await build(context, plan, begun, records);
  return (await find())!;
}

/** Trains, judges, converts, proves and writes a version. */
async function build(context: Context, plan: Plan, begun: Begun, { take }: Records): Promise<void> {
  context.log.info('retraining', { from: plan.from, until: plan.until, as_of: plan.asOf });
  const snapshot = await take(snapshotStep, begun);
  const checks = [...(await take(checksStep, snapshot)), ...(await take(leakageStep, snapshot))];
  const { model } = context.portfolio;
  const candidates = model.candidates && (await take(selectStep, {}));
  const members = membersOf(plan, model, candidates);
  await buildChosen(context, plan, take, { snapshot, checks, candidates, members });
}

async function buildChosen(
  context: Context,
  plan: Plan,
  take: Take,
  made: Pick<Parts, 'snapshot' | 'checks' | 'candidates' | 'members'>,
): Promise<void> {
  const { members } = made;
  const judges = await take(trainStep, members);
  const evaluation = await take(evaluateStep, judges);
  const conversions = createConversions(context, plan, members, evaluation);
  const attempts = await take(convertStep, conversions);
  const proof = await take(parityStep, { members, attempts, conversions });
  const proven = attempts.find(({ unknown }) => unknown === proof.unknown)!;
  const converted = await repeatAttempt(conversions, proven);
  const imported =
    context.portfolio.warehouse_parity === 'off'
      ? undefined
      : await take(importStep, { members, converted });
  const judged = await take(gatesStep, { evaluation, proof, converted, imported });
  const attributions = await take(importanceStep, converted);
  const trained = made.snapshot.rows.TRAIN!;
  const baseline = await take(baselineStep, { attributions, trained });
  const parts = { ...made, evaluation, proof, converted, imported, judged, baseline };
  await writeVersion(context, plan, parts);
}
