import { setTimeout as sleep } from 'node:timers/promises';
import { shardMessageSchema } from '../../shared/batch/shards.ts';
import { workOnShard } from '../../shared/batch/work.ts';
import { workTools } from '../../shared/batch/work_tools.ts';
import { BATCHES, COMMON, MODELS, readConfig, WAREHOUSE } from '../../shared/config.ts';
import { createHandler, type RouteCall } from '../../shared/http/handler.ts';
import { parseBody } from '../../shared/http/parse.ts';
import { parsePush } from '../../shared/http/push.ts';
import type { Log } from '../../shared/log.ts';

/** `POST /`: Pub/Sub pushes the message of one shard; 204 when there is nothing left to do for it. */
export function createBatchScoreHandler(environment: NodeJS.ProcessEnv, log: Log) {
  const config = readConfig(environment, { ...COMMON, ...WAREHOUSE, ...MODELS, ...BATCHES });
  const tools = workTools(config, { function: 'batch-score' }, sleep);

  async function handle({ body, log }: RouteCall) {
    const { json, attempt } = parsePush(body);
    const message = parseBody(shardMessageSchema, json);
    const tied = log.with({ run: message.run_id, shard: message.shard, attempt });
    const parts = await tools(message.portfolio, tied);
    const state = await workOnShard(parts, message, attempt);
    if (state !== 'done') tied.info('a message came for nothing', { state });
    return { status: 204, body: undefined };
  }

  const projectId = config.GOOGLE_CLOUD_PROJECT;
  return createHandler([{ method: 'POST', path: '/', handle }], { projectId, log });
}
