/** Messages that ask for shards to be scored. */
import * as z from 'zod';
import type { Objects } from '../google/objects.ts';
import type { Publish } from '../google/topic.ts';
import { portfolioId } from '../portfolio/documents.ts';
import { batchObjects, type Plan, shardOf } from './plan.ts';
import { runId } from './request.ts';

export const shardMessageSchema = z.strictObject({
  portfolio: portfolioId,
  run_id: runId,
  shard: z.int().min(0),
});

export type ShardMessage = z.infer<typeof shardMessageSchema>;

/** Shards that are done. */
export async function doneShards(batches: Objects, plan: Plan): Promise<Set<number>> {
  const { doneFolder } = batchObjects(plan.portfolio, plan.run_id);
  return new Set((await batches.list(doneFolder)).map(shardOf));
}

/** One message a shard that is not done; one too many changes nothing. Answers how many. */
export async function publishShards(
  { batches, publish }: { readonly batches: Objects; readonly publish: Publish },
  plan: Plan,
): Promise<number> {
  const done = await doneShards(batches, plan);
  const open = plan.shards.filter(({ shard }) => !done.has(shard));
  const { portfolio, run_id } = plan;
  await Promise.all(
    open.map(({ shard }) => {
      const message: ShardMessage = { portfolio, run_id, shard };
      return publish({
        data: Buffer.from(JSON.stringify(message)),
        attributes: { portfolio, run_id },
      });
    }),
  );
  return open.length;
}
