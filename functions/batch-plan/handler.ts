import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import * as z from 'zod';
import { connectAlerts } from '../../shared/alerts/connect.ts';
import { raise } from '../../shared/alerts/raise.ts';
import { planBatch } from '../../shared/batch/planning.ts';
import { planningTools } from '../../shared/batch/planning_tools.ts';
import { batchRequestSchema, runIdOf } from '../../shared/batch/request.ts';
import { keepUnplanned, lookAtBatches } from '../../shared/batch/watch.ts';
import {
  ALERTS,
  BATCHES,
  COMMON,
  MODELS,
  readConfig,
  SHARDS,
  WAREHOUSE,
} from '../../shared/config.ts';
import { createHandler, type RouteCall } from '../../shared/http/handler.ts';
import { parseBody } from '../../shared/http/parse.ts';
import { scheduleTime } from '../../shared/http/schedule.ts';
import type { Log } from '../../shared/log.ts';
import { portfolioId } from '../../shared/portfolio/documents.ts';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';

const watchSchema = z.strictObject({ portfolio: portfolioId });

/**
 * `POST /`: plans the scoring of a table or file, and asks for its shards to be scored. `POST /watch`:
 * raises alerts for a portfolio's runs that do not end as they should.
 */
export function createBatchPlanHandler(environment: NodeJS.ProcessEnv, log: Log) {
  const config = readConfig(environment, {
    ...COMMON,
    ...WAREHOUSE,
    ...MODELS,
    ...BATCHES,
    ...SHARDS,
    ...ALERTS,
    /** Deliveries of a shard's message before it is a dead letter. */
    BATCH_ATTEMPTS: z.coerce.number().int().min(5).max(100).default(10),
  });
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const tools = planningTools(config, { function: 'batch-plan' }, sleep);
  const alertsOf = connectAlerts('batch-plan', new BigQuery({ projectId }), config);

  async function handle({ body, headers, log }: RouteCall) {
    const request = parseBody(batchRequestSchema, body);
    const due = scheduleTime(headers);
    const at = request.at ? new Date(request.at) : (due ?? new Date());
    const parts = tools(request.portfolio, log);
    const { plan, published } = await planBatch(parts, request, at).catch(async (error) => {
      // Whoever asks by hand has the answer; of the clock's calls nobody reads one.
      if (due) {
        const run = runIdOf(request, at);
        await keepUnplanned(parts.batches, request.portfolio, run, { at: due, error });
      }
      throw error;
    });
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

  async function watch({ body, headers, log }: RouteCall) {
    const { portfolio: id } = parseBody(watchSchema, body ?? {});
    const at = scheduleTime(headers) ?? new Date();
    const portfolio = await findPortfolio(config.SQL_DIRECTORY, id);
    const parts = { ...tools(id, log), portfolio, attempts: config.BATCH_ATTEMPTS };
    const breaches = await lookAtBatches(parts, at);
    const alerts = await raise(alertsOf(portfolio, log), breaches, { kinds: ['batch'], at });
    return { body: { amiss: breaches.map(({ subject }) => subject), alerts: alerts.length } };
  }

  return createHandler(
    [
      { method: 'POST', path: '/', handle },
      { method: 'POST', path: '/watch', handle: watch },
    ],
    { projectId, log },
  );
}
