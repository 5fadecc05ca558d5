import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { COMMON, MODELS, RETENTION, readConfig, WAREHOUSE } from '../../shared/config.ts';
import { badRequest } from '../../shared/errors.ts';
import { createObjects } from '../../shared/google/objects.ts';
import { createHandler, type RouteCall } from '../../shared/http/handler.ts';
import { parseBody } from '../../shared/http/parse.ts';
import { scheduleTime } from '../../shared/http/schedule.ts';
import type { Log } from '../../shared/log.ts';
import { portfolioId } from '../../shared/portfolio/documents.ts';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';
import { createEventCopy } from '../../shared/registry/event_copy.ts';
import { COMMON_DATASET, datasetOf } from '../../shared/warehouse/names.ts';
import { sqlFiles } from '../../shared/warehouse/sql.ts';
import { createWarehouse } from '../../shared/warehouse/warehouse.ts';
import { run } from './run.ts';

const requestSchema = z.strictObject({
  portfolio: portfolioId,
  /** What is known as of when; the job's scheduled time unless said. */
  as_of: z.iso.datetime({ offset: true }).optional(),
  actor: z.string().min(1).max(100).optional(),
});

/** `POST /`: retrains one portfolio and answers what became of it. */
export function createRetrainHandler(environment: NodeJS.ProcessEnv, log: Log) {
  const config = readConfig(environment, {
    ...COMMON,
    ...WAREHOUSE,
    ...MODELS,
    ...RETENTION,
  });
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const bigquery = new BigQuery({ projectId });
  const bucket = new Storage({ projectId }).bucket(config.MODELS_BUCKET);
  const now = () => new Date();
  const objects = createObjects(bucket, { days: config.BUNDLE_RETENTION_DAYS, now });

  async function handle({ body, headers, log }: RouteCall) {
    const request = parseBody(requestSchema, body ?? {});
    const asOf = request.as_of === undefined ? scheduleTime(headers) : new Date(request.as_of);
    if (!asOf) throw badRequest('Say "as_of", or call through Cloud Scheduler.');
    const warehouseOf = (datasetId: string) =>
      createWarehouse({
        bigquery,
        datasetId,
        location: config.BIGQUERY_LOCATION,
        log,
        sleep,
        labels: { function: 'retrain', portfolio: request.portfolio },
      });
    const sql = sqlFiles(config.SQL_DIRECTORY);
    const summary = await run(
      {
        portfolio: await findPortfolio(config.SQL_DIRECTORY, request.portfolio),
        warehouse: warehouseOf(datasetOf(request.portfolio)),
        sql,
        models: { bucket: config.MODELS_BUCKET, objects },
        registryEvents: createEventCopy(warehouseOf(COMMON_DATASET), sql),
        log,
        now,
      },
      { asOf, actor: request.actor ?? String(headers['x-cloudscheduler-jobname'] ?? 'retrain') },
    );
    return { body: summary };
  }

  return createHandler([{ method: 'POST', path: '/', handle }], { projectId, log });
}
