import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { COMMON, MODELS, RETENTION, readConfig, WAREHOUSE } from '../../shared/config.ts';
import { badRequest } from '../../shared/errors.ts';
import { createObjects } from '../../shared/google/objects.ts';
import { type Answer, createHandler, type RouteCall } from '../../shared/http/handler.ts';
import { parseBody } from '../../shared/http/parse.ts';
import { scheduleTime } from '../../shared/http/schedule.ts';
import type { Log } from '../../shared/log.ts';
import { portfolioId } from '../../shared/portfolio/documents.ts';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';
import { createEventCopy } from '../../shared/registry/event_copy.ts';
import { JobUnderWay } from '../../shared/warehouse/failures.ts';
import { COMMON_DATASET, datasetOf } from '../../shared/warehouse/names.ts';
import { sqlFiles } from '../../shared/warehouse/sql.ts';
import { createWarehouse } from '../../shared/warehouse/warehouse.ts';
import type { Context } from './context.ts';
import { versionOf } from './plan.ts';
import { resumeRuns } from './resume.ts';
import { run } from './run.ts';

const requestSchema = z.strictObject({
  portfolio: portfolioId,
  /** What is known as of when; the job's scheduled time unless said. */
  as_of: z.iso.datetime({ offset: true }).optional(),
  actor: z.string().min(1).max(100).optional(),
});

const resumeSchema = z.strictObject({ portfolio: portfolioId });

/** Of a call's time, what is left for what can't be interrupted. */
const SHARE_TO_SPARE = 1 / 6;

/**
 * `POST /` retrains one portfolio and answers what became of it, or, where BigQuery takes longer than
 * a call may, how far it is. `POST /resume` goes on with the runs of a portfolio that have not ended.
 */
export function createRetrainHandler(environment: NodeJS.ProcessEnv, log: Log) {
  const config = readConfig(environment, {
    ...COMMON,
    ...WAREHOUSE,
    ...MODELS,
    ...RETENTION,
    /** How long a call may take before the platform ends it; 0 waits for nothing. */
    TIMEOUT_SECONDS: z.coerce.number().int().min(0).max(3600).default(1800),
  });
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const bigquery = new BigQuery({ projectId });
  const bucket = new Storage({ projectId }).bucket(config.MODELS_BUCKET);
  const now = () => new Date();
  const objects = createObjects(bucket, { days: config.BUNDLE_RETENTION_DAYS, now });

  /** What a call works with: its time begins now. */
  async function contextOf(id: string, log: Log): Promise<Context> {
    const end = now().getTime() + config.TIMEOUT_SECONDS * 1000 * (1 - SHARE_TO_SPARE);
    const warehouseOf = (datasetId: string, timeIsUp: () => boolean) =>
      createWarehouse({
        bigquery,
        datasetId,
        location: config.BIGQUERY_LOCATION,
        log,
        sleep,
        timeIsUp,
        labels: { function: 'retrain', portfolio: id },
      });
    const sql = sqlFiles(config.SQL_DIRECTORY);
    return {
      portfolio: await findPortfolio(config.SQL_DIRECTORY, id),
      warehouse: warehouseOf(datasetOf(id), () => now().getTime() >= end),
      sql,
      models: { bucket: config.MODELS_BUCKET, objects },
      registryEvents: createEventCopy(
        warehouseOf(COMMON_DATASET, () => false),
        sql,
      ),
      log,
      now,
      clock: () => performance.now(),
    };
  }

  async function retrain({ body, headers, log }: RouteCall): Promise<Answer> {
    const request = parseBody(requestSchema, body ?? {});
    const asOf = request.as_of === undefined ? scheduleTime(headers) : new Date(request.as_of);
    if (!asOf) throw badRequest('Say "as_of", or call through Cloud Scheduler.');
    const actor = request.actor ?? String(headers['x-cloudscheduler-jobname'] ?? 'retrain');
    const context = await contextOf(request.portfolio, log);
    try {
      return { body: await run(context, { asOf, actor }) };
    } catch (error) {
      if (!(error instanceof JobUnderWay)) throw error;
      const { portfolio } = request;
      const { jobId: waiting_for, progress } = error;
      const version = versionOf(asOf);
      return {
        status: 202,
        body: { portfolio, version, state: 'training', waiting_for, ...progress },
      };
    }
  }

  async function resume({ body, log }: RouteCall): Promise<Answer> {
    const { portfolio } = parseBody(resumeSchema, body ?? {});
    const runs = await resumeRuns(await contextOf(portfolio, log), config.TIMEOUT_SECONDS);
    log.info('resumed', { portfolio, runs });
    const status = runs.some(({ state }) => state === 'training') ? 202 : 200;
    return { status, body: { portfolio, runs } };
  }

  return createHandler(
    [
      { method: 'POST', path: '/', handle: retrain },
      { method: 'POST', path: '/resume', handle: resume },
    ],
    { projectId, log },
  );
}
