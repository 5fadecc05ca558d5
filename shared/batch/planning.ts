/** From a request to a plan, and from a plan to one message a shard. Every step can be repeated. */
import type { Bucket } from '@google-cloud/storage';
import type { BundleRef } from '../bundle/bundle.ts';
import { findBundle, readManifest } from '../bundle/bundle.ts';
import type { Manifest } from '../bundle/manifest.ts';
import { AppError, notFound, unavailable } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import type { Publish } from '../google/topic.ts';
import type { Log } from '../log.ts';
import { createPolicies } from '../policy/versions.ts';
import { readDeployment } from '../registry/deployment.ts';
import { fill, identifier, type SqlFiles } from '../warehouse/sql.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { findPlan, keepPlan, type Plan, type Shard } from './plan.ts';
import { type BatchRequest, runIdOf } from './request.ts';
import { publishShards } from './shards.ts';
import { fileTable, type OpenSource, openSource } from './source.ts';
import { neededFields, stagingSql } from './staging.ts';

export interface PlanningParts {
  /** Of the portfolio's dataset. */
  readonly warehouse: Warehouse;
  readonly sql: SqlFiles;
  /** Where bundles and deployments are. */
  readonly models: Objects;
  /** Where plans, extracts and scores are. */
  readonly batches: Objects;
  /** Opens a bucket by name. */
  readonly bucket: (name: string) => Bucket;
  readonly publish: Publish;
  readonly now: () => Date;
  readonly log: Log;
}

/** Within these days a run can be resumed; then what was staged for it goes. */
const STAGED_DAYS = 30;
const DAY_MS = 86_400_000;

/** BigQuery takes 1,500 load jobs a table and day: a run shall leave room for others. */
const MOST_SHARDS = 1000;

/**
 * Plans a run, or finds its plan, and publishes every shard that is not done.
 * @param at names the run together with the request
 * @throws {AppError} saying what of the request, the source or the version cannot be used
 */
export async function planBatch(
  parts: PlanningParts,
  request: BatchRequest,
  at: Date,
): Promise<{ plan: Plan; published: number }> {
  const run = runIdOf(request, at);
  const found = await findPlan(parts.batches, request.portfolio, run);
  const plan = found ?? (await keepPlan(parts.batches, await makePlan(parts, request, run, at)));
  if ('uri' in request.source) await parts.warehouse.deleteTable(fileTable(run));
  await parts.warehouse.run(`batch-${run}-record`, {
    sql: fill(await parts.sql('batch/record_run.sql'), { runs: identifier('batch_runs') }),
    parameters: { plan: JSON.stringify(plan) },
  });
  const published = await publishShards(parts, plan);
  parts.log.notice('batch planned', {
    run,
    portfolio: plan.portfolio,
    version: plan.model.version,
    rows: plan.rows,
    refused: plan.refused,
    shards: plan.shards.length,
    published,
  });
  return { plan, published };
}

async function makePlan(
  parts: PlanningParts,
  request: BatchRequest,
  run: string,
  at: Date,
): Promise<Plan> {
  const { portfolio } = request;
  const { ref, manifest } = await pinnedModel(parts.models, portfolio, request.model);
  const before = parts.warehouse.finished.length;
  const source = await openSource(request.source, {
    now: parts.now,
    warehouse: parts.warehouse,
    contract: manifest.contract,
    time: manifest.portfolio.keys.time,
    needed: neededFields(manifest),
    bucket: parts.bucket,
    at,
    run,
  });
  const staged = `batch_${run}`;
  const shards = await stage(parts, source, manifest, { request, run, staged });
  const sum = (of: (shard: Shard) => number) => shards.reduce((all, one) => all + of(one), 0);
  const { document } = createPolicies(manifest.policy, manifest.policy_columns).at(at);
  const jobs = parts.warehouse.finished.slice(before);
  const cost = (of: 'bytesProcessed' | 'bytesBilled' | 'slotMs') =>
    jobs.reduce((all, job) => all + job[of], 0);
  return {
    format: 1,
    run_id: run,
    portfolio,
    planned_at: at.toISOString(),
    request,
    model: ref,
    policy_version: document.version,
    staged,
    rows: sum(({ rows }) => rows),
    refused: sum(({ refused }) => refused),
    shards,
    cost: {
      bytes_processed: cost('bytesProcessed'),
      bytes_billed: cost('bytesBilled'),
      slot_ms: cost('slotMs'),
    },
  };
}

/** @throws {AppError} 404 or 503 where there is nothing to score with */
async function pinnedModel(
  models: Objects,
  portfolio: string,
  asked: BatchRequest['model'],
): Promise<{ ref: BundleRef; manifest: Manifest }> {
  if (asked !== 'champion') {
    const found = await findBundle(models, portfolio, asked);
    if (found) return found;
    throw notFound(`There is no version ${asked} of ${portfolio}.`);
  }
  const stored = await readDeployment(models, portfolio);
  if (!stored?.deployment.champion)
    throw unavailable(`${portfolio} has no champion to score with.`);
  if (stored.deployment.kill_switch) {
    throw unavailable(`The kill switch of ${portfolio} is on: name a version to score with.`);
  }
  const ref = stored.deployment.champion;
  return { ref, manifest: await readManifest(models, portfolio, ref) };
}

/** Computes all rows into a table with a partition a shard. Answers what each shard holds. */
async function stage(
  { warehouse, sql, now }: PlanningParts,
  source: OpenSource,
  manifest: Manifest,
  { request, run, staged }: { request: BatchRequest; run: string; staged: string },
): Promise<Shard[]> {
  const [counted] = await warehouse.run(`batch-${run}-size`, {
    sql: fill(await sql('batch/size.sql'), { source: source.sql }),
    parameters: source.parameters,
  });
  const size = Number(counted!.size);
  if (size === 0) throw new AppError('source_empty', 422, 'The source has no rows to score.');
  const count = Math.ceil(size / request.rows_per_shard);
  if (count > MOST_SHARDS) {
    const least = Math.ceil(size / MOST_SHARDS);
    const message = `${size} rows make ${count} shards; ${MOST_SHARDS} are allowed: ask for rows_per_shard of ${least} or more.`;
    throw new AppError('too_many_shards', 422, message);
  }
  await warehouse.run(`batch-${run}-stage`, {
    sql: stagingSql(await sql('batch/stage.sql'), manifest, source),
    parameters: { ...source.parameters, shards: count },
    into: staged,
    partitions: { column: 'shard', count },
  });
  await warehouse.expireTable(staged, new Date(now().getTime() + STAGED_DAYS * DAY_MS));
  const rows = await warehouse.run(`batch-${run}-shards`, {
    sql: fill(await sql('batch/shards.sql'), { staged: identifier(staged) }),
  });
  return rows.map(({ shard, size, refused }) => ({
    shard: Number(shard),
    rows: Number(size),
    refused: Number(refused),
  }));
}
