import { setTimeout as sleep } from 'node:timers/promises';
import { planBatch } from '../../shared/batch/planning.ts';
import { planningTools } from '../../shared/batch/planning_tools.ts';
import { batchRequestSchema } from '../../shared/batch/request.ts';
import { BATCHES, COMMON, MODELS, readConfig, SHARDS, WAREHOUSE } from '../../shared/config.ts';
import { createHandler, type RouteCall } from '../../shared/http/handler.ts';
import { parseBody } from '../../shared/http/parse.ts';
import { scheduleTime } from '../../shared/http/schedule.ts';
import type { Log } from '../../shared/log.ts';

/** `POST /`: plans the scoring of a table or file, and asks for its shards to be scored. */
export function createBatchPlanHandler(environment: NodeJS.ProcessEnv, log: Log) {
  const config = readConfig(environment, {
    ...COMMON,
    ...WAREHOUSE,
    ...MODELS,
    ...BATCHES,
    ...SHARDS,
  });
  const tools = planningTools(config, { function: 'batch-plan' }, sleep);

  async function handle({ body, headers, log }: RouteCall) {
    const request = parseBody(batchRequestSchema, body);
    const at = request.at ? new Date(request.at) : (scheduleTime(headers) ?? new Date());
    const parts = tools(request.portfolio, log);
    const { plan, published } = await planBatch(parts, request, at);
    const { run_id, model, rows, refused, shards, cost } = plan;
    return {
      body: {
        run_id,
        model_version: model.version,
        rows,
        refused,
        shards: shards.length,
        published,
        cost,
      },
    };
  }

  const projectId = config.GOOGLE_CLOUD_PROJECT;
  return createHandler([{ method: 'POST', path: '/', handle }], { projectId, log });
}
