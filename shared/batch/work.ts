/** One delivery of a shard's message: from the staged rows to the table, once, whoever else works on it. */
import type { Bucket } from '@google-cloud/storage';
import type { BundleRef } from '../bundle/bundle.ts';
import { AppError } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import type { Log } from '../log.ts';
import { readParquet } from '../parquet/read.ts';
import type { KernelModel } from '../serving/kernel_model.ts';
import { fill, identifier, type SqlFiles } from '../warehouse/sql.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { readControl } from './control.ts';
import { batchObjects, type Plan, readPlan, type Shard } from './plan.ts';
import { createResultsFile } from './results.ts';
import { createBatchScorer } from './scoring.ts';
import type { ShardMessage } from './shards.ts';

export interface WorkParts {
  /** Of the portfolio's dataset. */
  readonly warehouse: Warehouse;
  readonly sql: SqlFiles;
  readonly batches: Objects;
  /** The same bucket, for what is too large or too many. */
  readonly bucket: Bucket;
  /** A version, from memory where it is there. @throws {BundleError} */
  readonly model: (portfolio: string, ref: BundleRef) => Promise<KernelModel>;
  /** Schema of batch_scores. */
  readonly schema: readonly object[];
  readonly now: () => Date;
  readonly clock: () => number;
  readonly log: Log;
}

export type WorkState = 'done' | 'done_before' | 'cancelled';

/**
 * Every step is a job with a name of its own or a conditional write, and comes out the same whoever
 * does it: a delivery that is killed anywhere, comes twice or at the same time as another adds nothing.
 *
 * @param attempt which delivery it is, as far as Pub/Sub counts
 * @throws {AppError} for what another delivery may find mended; the last ends as a dead letter
 */
export async function workOnShard(
  parts: WorkParts,
  message: ShardMessage,
  attempt: number | undefined,
): Promise<WorkState> {
  const { batches, log, clock } = parts;
  const { portfolio, run_id, shard: number } = message;
  const names = batchObjects(portfolio, run_id);
  const plan = await readPlan(batches, portfolio, run_id);
  if ((await batches.generation(names.done(number))) !== undefined) return 'done_before';
  if (await isCancelled(batches, plan)) return 'cancelled';
  const shard = plan.shards.find((one) => one.shard === number);
  if (!shard) throw unusable(plan, number, 'the plan has no such shard');
  const start = clock();
  try {
    const sizes = await scoreShard(parts, plan, shard);
    if (await isCancelled(batches, plan)) return 'cancelled';
    await loadScores(parts, plan, shard);
    await record(parts, plan, shard, { ...sizes, attempt, milliseconds: clock() - start });
  } catch (error) {
    await keepFault(parts, message, attempt, error);
    throw error;
  }
  log.info('a shard is done', { run: run_id, shard: number, rows: shard.rows });
  return 'done';
}

const isCancelled = async (batches: Objects, { portfolio, run_id }: Plan): Promise<boolean> =>
  (await readControl(batches, portfolio, run_id))?.state === 'cancelled';

const unusable = (plan: Plan, shard: number, why: string, cause?: unknown): AppError =>
  new AppError('shard_unusable', 500, `Shard ${shard} of ${plan.run_id}: ${why}.`, { cause });

interface Sizes {
  readonly input_bytes: number;
  readonly output_bytes: number;
}

/** Writes the shard's scores, unless they are there. */
async function scoreShard(parts: WorkParts, plan: Plan, shard: Shard): Promise<Sizes> {
  const { batches, bucket, warehouse } = parts;
  const names = batchObjects(plan.portfolio, plan.run_id);
  const model = await parts.model(plan.portfolio, plan.model);
  const prefix = names.input(shard.shard);
  await warehouse.extract(`batch-${plan.run_id}-extract-${shard.shard}`, {
    table: plan.staged,
    partition: shard.shard,
    bucket: bucket.name,
    prefix,
  });
  const scorer = createBatchScorer(model, new Date(plan.planned_at), plan.request.explain);
  const results = createResultsFile(plan, shard.shard);
  let [rows, input_bytes] = [0, 0];
  for (const name of await batches.list(prefix)) {
    const { bytes } = (await batches.read(name))!;
    input_bytes += bytes.length;
    for (const group of groupsOf(plan, shard.shard, name, bytes)) {
      results.add(scorer.score(group));
      rows += group.rows;
    }
  }
  if (rows !== shard.rows) {
    throw unusable(plan, shard.shard, `${rows} rows were extracted, ${shard.rows} are planned`);
  }
  const file = results.finish();
  await writeOnce(batches, names.scores(shard.shard), file, 'application/vnd.apache.parquet');
  return { input_bytes, output_bytes: file.length };
}

function groupsOf(plan: Plan, shard: number, name: string, bytes: Uint8Array) {
  try {
    return readParquet(bytes).groups;
  } catch (error) {
    throw unusable(plan, shard, `${name}: ${(error as Error).message}`, error);
  }
}

/** Whoever is first writes; the others had the same to say. */
async function writeOnce(objects: Objects, name: string, bytes: Buffer, type: string) {
  try {
    await objects.write(name, bytes, type, 0);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
  }
}

/** BigQuery takes a job's id once: that is what keeps the rows from coming twice. */
async function loadScores(parts: WorkParts, plan: Plan, { shard, rows }: Shard): Promise<void> {
  const loaded = await parts.warehouse.load(`batch-${plan.run_id}-load-${shard}`, {
    bucket: parts.bucket.name,
    object: batchObjects(plan.portfolio, plan.run_id).scores(shard),
    table: 'batch_scores',
    schema: parts.schema,
    format: { sourceFormat: 'PARQUET', createDisposition: 'CREATE_NEVER' },
    append: true,
  });
  if (loaded !== rows) throw unusable(plan, shard, `${loaded} rows were loaded of ${rows}`);
}

interface Taken extends Sizes {
  readonly attempt: number | undefined;
  readonly milliseconds: number;
}

/** In the table first: an object says that nothing is left to do. */
async function record(parts: WorkParts, plan: Plan, shard: Shard, taken: Taken): Promise<void> {
  const { warehouse, sql, batches, now } = parts;
  const done = {
    run_id: plan.run_id,
    planned_at: plan.planned_at,
    shard: shard.shard,
    scored: shard.rows - shard.refused,
    refused: shard.refused,
    finished_at: now().toISOString(),
    ...taken,
  };
  await warehouse.run(`batch-${plan.run_id}-done-${shard.shard}`, {
    sql: fill(await sql('batch/record_shard.sql'), { shards: identifier('batch_shards') }),
    parameters: { done: JSON.stringify(done) },
  });
  const name = batchObjects(plan.portfolio, plan.run_id).done(shard.shard);
  await writeOnce(batches, name, Buffer.from(JSON.stringify(done)), 'application/json');
}

/** For whoever looks why a shard is not done; that it cannot be kept must not hide the fault itself. */
async function keepFault(
  { batches, log, now }: WorkParts,
  message: ShardMessage,
  attempt: number | undefined,
  error: unknown,
): Promise<void> {
  const { portfolio, run_id, shard } = message;
  const told = error instanceof AppError ? error.message : 'An internal error; the log has it.';
  const fault = { shard, at: now().toISOString(), attempt: attempt ?? null, error: told };
  const name = batchObjects(portfolio, run_id).fault(shard);
  try {
    await batches.replace(name, Buffer.from(JSON.stringify(fault)), 'application/json');
  } catch (cause) {
    log.error('the fault of a shard cannot be kept', { run: run_id, shard }, cause);
  }
}
