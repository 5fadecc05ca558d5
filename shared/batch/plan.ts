/**
 * A batch's plan: what is scored by which version, and in which shards. Written once, before the
 * first shard is worked on, and never changed; whatever is repeated is repeated by it.
 */
import * as z from 'zod';
import { versionId } from '../bundle/manifest.ts';
import { AppError, notFound } from '../errors.ts';
import type { Objects } from '../google/objects.ts';
import { portfolioId } from '../portfolio/documents.ts';
import { batchRequestSchema, runId } from './request.ts';

const count = z.int().min(0);

const shard = z.strictObject({ shard: count, rows: count, refused: count });

export const planSchema = z.strictObject({
  format: z.literal(1),
  run_id: runId,
  portfolio: portfolioId,
  planned_at: z.iso.datetime(),
  request: batchRequestSchema,
  /** Pinned: a promotion meanwhile changes nothing. */
  model: z.strictObject({ version: versionId, manifest_sha256: z.string() }),
  policy_version: z.string(),
  /** Table of the portfolio's dataset with what is scored, a partition a shard. */
  staged: z.string(),
  rows: count,
  /** Rows that the contract does not allow, among them. */
  refused: count,
  /** Those that have rows. */
  shards: z.array(shard),
  /** What the queries of planning took. */
  cost: z.strictObject({ bytes_processed: count, bytes_billed: count, slot_ms: count }),
});

export type Plan = z.infer<typeof planSchema>;
export type Shard = Plan['shards'][number];

/** Names of a run's objects. */
export function batchObjects(portfolio: string, run: string) {
  const folder = `batch/${portfolio}/${run}`;
  const named = (kind: string, shard: number, end: string) =>
    `${folder}/${kind}/${String(shard).padStart(5, '0')}${end}`;
  return {
    plan: `${folder}/plan.json`,
    /** Whether it goes on. */
    control: `${folder}/control.json`,
    /** What BigQuery extracts of a shard; the files' names begin so. */
    input: (shard: number) => named('input', shard, '/'),
    scores: (shard: number) => named('scores', shard, '.parquet'),
    /** There once everything of a shard is. */
    done: (shard: number) => named('done', shard, '.json'),
    /** The last fault of a shard that is not done. */
    fault: (shard: number) => named('faults', shard, '.json'),
    doneFolder: `${folder}/done/`,
    faultFolder: `${folder}/faults/`,
  };
}

/** The shard that an object of `done` or `faults` is about. */
export const shardOf = (name: string): number => Number(/(\d+)\.json$/.exec(name)?.[1]);

/** @throws {AppError} 404 where there is none, 500 where it cannot be read */
export async function readPlan(objects: Objects, portfolio: string, run: string): Promise<Plan> {
  const plan = await findPlan(objects, portfolio, run);
  if (plan) return plan;
  throw notFound(`There is no plan of a run ${run} of ${portfolio}.`);
}

export async function findPlan(
  objects: Objects,
  portfolio: string,
  run: string,
): Promise<Plan | undefined> {
  const { plan: name } = batchObjects(portfolio, run);
  const stored = await objects.read(name);
  if (!stored) return undefined;
  try {
    return planSchema.parse(JSON.parse(Buffer.from(stored.bytes).toString()));
  } catch (cause) {
    const detail = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new AppError('plan_unusable', 500, `${name} is no plan: ${detail}`, { cause });
  }
}

/** Writes a plan unless there is one. @returns the one that holds */
export async function keepPlan(objects: Objects, plan: Plan): Promise<Plan> {
  const { plan: name } = batchObjects(plan.portfolio, plan.run_id);
  const bytes = Buffer.from(`${JSON.stringify(planSchema.parse(plan), null, 1)}\n`);
  try {
    await objects.write(name, bytes, 'application/json', 0);
    return plan;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    return readPlan(objects, plan.portfolio, plan.run_id);
  }
}
