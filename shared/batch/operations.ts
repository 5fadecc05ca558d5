/** What a person does with a run that was planned: looks at it, stops it, lets it go on. */
import type { Objects } from '../google/objects.ts';
import type { Publish } from '../google/topic.ts';
import { readControl, writeControl } from './control.ts';
import { batchObjects, type Plan, shardOf } from './plan.ts';
import { doneShards, publishShards } from './shards.ts';

export interface BatchStatus {
  readonly run_id: string;
  readonly model_version: string;
  readonly state: 'done' | 'cancelled' | 'running';
  readonly shards: number;
  readonly shards_done: number;
  readonly rows: number;
  readonly rows_done: number;
  readonly refused: number;
  /** Of shards that are not done: why the last attempt failed. */
  readonly faults: readonly ShardFault[];
}

export interface ShardFault {
  readonly shard: number;
  readonly at: string;
  readonly attempt: number | null;
  readonly error: string;
}

export async function statusOf(batches: Objects, plan: Plan): Promise<BatchStatus> {
  const { portfolio, run_id, shards } = plan;
  const done = await doneShards(batches, plan);
  const control = await readControl(batches, portfolio, run_id);
  const isDone = done.size === shards.length;
  const stopped = control?.state === 'cancelled' ? 'cancelled' : 'running';
  return {
    run_id,
    model_version: plan.model.version,
    state: isDone ? 'done' : stopped,
    shards: shards.length,
    shards_done: done.size,
    rows: plan.rows,
    rows_done: shards.reduce((sum, { shard, rows }) => sum + (done.has(shard) ? rows : 0), 0),
    refused: plan.refused,
    faults: isDone ? [] : await faultsOf(batches, plan, done),
  };
}

async function faultsOf(
  batches: Objects,
  plan: Plan,
  done: ReadonlySet<number>,
): Promise<ShardFault[]> {
  const { faultFolder } = batchObjects(plan.portfolio, plan.run_id);
  const names = (await batches.list(faultFolder)).filter((name) => !done.has(shardOf(name)));
  return Promise.all(
    names.map(async (name) =>
      JSON.parse(Buffer.from((await batches.read(name))!.bytes).toString()),
    ),
  );
}

/** Shards that nobody works on yet are left; what is in the table stays. */
export const cancelBatch = (batches: Objects, plan: Plan, by: string, at: Date): Promise<void> =>
  writeControl(batches, plan.portfolio, plan.run_id, {
    state: 'cancelled',
    at: at.toISOString(),
    by,
  });

/** Asks again for every shard that is not done: cancelled ones, and dead letters. Answers how many. */
export async function resumeBatch(
  parts: { readonly batches: Objects; readonly publish: Publish },
  plan: Plan,
  by: string,
  at: Date,
): Promise<number> {
  const control = { state: 'running', at: at.toISOString(), by } as const;
  await writeControl(parts.batches, plan.portfolio, plan.run_id, control);
  return publishShards(parts, plan);
}
