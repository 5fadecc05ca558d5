import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { COMMON, readConfig, WAREHOUSE } from '../../shared/config.ts';
import { badRequest } from '../../shared/errors.ts';
import { createHandler, type RouteCall } from '../../shared/http/handler.ts';
import { parseBody } from '../../shared/http/parse.ts';
import { scheduleTime } from '../../shared/http/schedule.ts';
import type { Log } from '../../shared/log.ts';
import { portfolioId } from '../../shared/portfolio/documents.ts';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';
import { datasetOf } from '../../shared/warehouse/names.ts';
import { sqlFiles } from '../../shared/warehouse/sql.ts';
import { createWarehouse } from '../../shared/warehouse/warehouse.ts';
import { type Context, ingest } from './run.ts';
import type { DateRange } from './source.ts';

const DAY_MS = 86_400_000;

const requestSchema = z.strictObject({
  portfolio: portfolioId,
  /** Whole days in UTC, both included; the day before the scheduled run unless said. */
  start_date: z.iso.date().optional(),
  end_date: z.iso.date().optional(),
});

/** `POST /`: brings one portfolio's records of some days into the warehouse. */
export function createIngestHandler(environment: NodeJS.ProcessEnv, log: Log) {
  const config = readConfig(environment, {
    ...COMMON,
    ...WAREHOUSE,
    /** Bucket where arrivals land. */
    LANDING_BUCKET: z.string().min(3),
    /** A simtom-compatible server. */
    SOURCE_URL: z.url(),
    /** JSON that the server wants with every request: a volume, a seed. */
    SOURCE_PARAMETERS: z.string().default('{}').transform(parseParameters),
  });
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const bigquery = new BigQuery({ projectId });
  const landing = new Storage({ projectId }).bucket(config.LANDING_BUCKET);
  const sql = sqlFiles(config.SQL_DIRECTORY);
  const json = async (path: string) => JSON.parse(await sql(path)) as object[];

  async function contextOf(portfolio: string, log: Log): Promise<Context> {
    return {
      portfolio: await findPortfolio(config.SQL_DIRECTORY, portfolio),
      warehouse: createWarehouse({
        bigquery,
        datasetId: datasetOf(portfolio),
        location: config.BIGQUERY_LOCATION,
        log,
        sleep,
        labels: { function: 'ingest', portfolio },
      }),
      sql,
      landing,
      source: { url: config.SOURCE_URL, parameters: config.SOURCE_PARAMETERS },
      schemas: {
        quarantine: await json('tables/quarantine.json'),
        lineage: await json('tables/ingest_columns.json'),
      },
      log,
    };
  }

  async function handle({ body, headers, log }: RouteCall) {
    const request = parseBody(requestSchema, body ?? {});
    const scheduled = scheduleTime(headers) ?? new Date();
    const range = rangeOf(request, scheduled);
    const context = await contextOf(request.portfolio, log);
    return { body: await ingest(context, { name: runName(scheduled), due: scheduled }, range) };
  }

  return createHandler([{ method: 'POST', path: '/', handle }], { projectId, log });
}

function parseParameters(text: string, context: z.RefinementCtx): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    context.addIssue('must be a JSON object');
    return z.NEVER;
  }
}

function rangeOf(request: z.infer<typeof requestSchema>, scheduled: Date): DateRange {
  const yesterday = new Date(scheduled.getTime() - DAY_MS).toISOString().slice(0, 10);
  const start = request.start_date ?? yesterday;
  const end = request.end_date ?? request.start_date ?? yesterday;
  if (start > end) throw badRequest(`start_date ${start} is after end_date ${end}.`);
  return { start, end };
}

/** `20261121T063000000`: names the run's jobs, objects and tables. */
const runName = (scheduled: Date): string => scheduled.toISOString().replace(/[-:.Z]/g, '');
