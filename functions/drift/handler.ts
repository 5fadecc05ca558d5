import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { connectAlerts } from '../../shared/alerts/connect.ts';
import { type BundleRef, readBundle } from '../../shared/bundle/bundle.ts';
import { ALERTS, COMMON, MODELS, readConfig, WAREHOUSE } from '../../shared/config.ts';
import { badRequest } from '../../shared/errors.ts';
import { createObjects } from '../../shared/google/objects.ts';
import { createScheduler } from '../../shared/google/scheduler.ts';
import { createHandler, type RouteCall } from '../../shared/http/handler.ts';
import { parseBody } from '../../shared/http/parse.ts';
import { scheduleTime } from '../../shared/http/schedule.ts';
import type { Log } from '../../shared/log.ts';
import { portfolioId } from '../../shared/portfolio/documents.ts';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';
import { readDeployment } from '../../shared/registry/deployment.ts';
import { retrainingParts } from '../../shared/retraining/connect.ts';
import { datasetOf } from '../../shared/warehouse/names.ts';
import { sqlFiles } from '../../shared/warehouse/sql.ts';
import { createWarehouse } from '../../shared/warehouse/warehouse.ts';
import type { Context } from './context.ts';
import { planRun } from './plan.ts';
import { run } from './run.ts';

const requestSchema = z.strictObject({
  portfolio: portfolioId,
  /** What is looked at is what was known then; the job's scheduled time unless said. */
  as_of: z.iso.datetime({ offset: true }).optional(),
});

/** `POST /`: looks at one portfolio and answers what was found. */
export function createDriftHandler(environment: NodeJS.ProcessEnv, log: Log) {
  const config = readConfig(environment, {
    ...COMMON,
    ...WAREHOUSE,
    ...MODELS,
    ...ALERTS,
    /** Cloud Scheduler's API, and where the jobs are that it runs. */
    SCHEDULER_URL: z.url({ protocol: /^https?$/ }),
    SCHEDULER_LOCATION: z.string().regex(/^[a-z0-9-]+$/, 'is no location'),
  });
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const bigquery = new BigQuery({ projectId });
  const objects = createObjects(new Storage({ projectId }).bucket(config.MODELS_BUCKET));
  const sql = sqlFiles(config.SQL_DIRECTORY);
  const alertParts = connectAlerts('drift', bigquery, config);
  const scheduler = createScheduler(projectId, config.SCHEDULER_URL, config.SCHEDULER_LOCATION);

  async function contextOf(id: string, asOf: Date, log: Log): Promise<Context> {
    const portfolio = await findPortfolio(config.SQL_DIRECTORY, id);
    const stored = await readDeployment(objects, id);
    const bundleOf = (ref: BundleRef | null | undefined) =>
      ref ? readBundle(objects, id, ref) : undefined;
    const champion = await bundleOf(stored?.deployment.champion);
    const challenger = await bundleOf(stored?.deployment.challenger);
    const serving = [champion?.ref, challenger?.ref];
    return {
      portfolio,
      warehouse: createWarehouse({
        bigquery,
        datasetId: datasetOf(id),
        location: config.BIGQUERY_LOCATION,
        log,
        sleep,
        labels: { function: 'drift', portfolio: id },
      }),
      sql,
      log: log.with({ portfolio: id }),
      plan: planRun(portfolio, asOf, serving),
      deployment: stored?.deployment,
      champion,
      challenger,
    };
  }

  async function handle({ body, headers, log }: RouteCall) {
    const request = parseBody(requestSchema, body ?? {});
    const asOf = request.as_of === undefined ? scheduleTime(headers) : new Date(request.as_of);
    if (!asOf) throw badRequest('Say "as_of", or call through Cloud Scheduler.');
    const context = await contextOf(request.portfolio, asOf, log);
    const { portfolio } = context;
    const alerts = alertParts(portfolio, context.log);
    const ports = { ...context, objects: alerts.objects, scheduler };
    return { body: await run(context, alerts, retrainingParts(portfolio, ports)) };
  }

  return createHandler([{ method: 'POST', path: '/', handle }], { projectId, log });
}
