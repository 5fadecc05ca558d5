import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { connectAlerts } from '../../shared/alerts/connect.ts';
import { ALERTS, COMMON, readConfig, WAREHOUSE } from '../../shared/config.ts';
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
import type { Context, Run } from './context.ts';
import { dayAfter } from './days.ts';
import { missingDays } from './records.ts';
import { release } from './release.ts';
import { ingest } from './run.ts';

/** Of a call's time, what is left to finish what was begun. */
const SHARE_TO_SPARE = 1 / 6;

const requestSchema = z.strictObject({
  portfolio: portfolioId,
  /** Whole days in UTC, both included; without them, the days up to yesterday that are missing. */
  start_date: z.iso.date().optional(),
  end_date: z.iso.date().optional(),
  /** Days that were ingested before this moment are ingested again. */
  again_before: z.iso.datetime({ offset: true }).optional(),
});

const releaseSchema = z.strictObject({
  portfolio: portfolioId,
  /** Days on which records were put into quarantine, in UTC, both included; all unless said. */
  start_date: z.iso.date().optional(),
  end_date: z.iso.date().optional(),
});

/** Quarantine reaches back as far as its table keeps it. */
const ALL_DAYS = { start: '2000-01-01', end: '2999-12-31' };

const deadlineOf = (seconds: number): Date =>
  new Date(Date.now() + seconds * 1000 * (1 - SHARE_TO_SPARE));

/**
 * `POST /`: brings one portfolio's records of some days into the warehouse. `POST /quarantine`: takes
 * those that wait there through the contract again.
 */
export function createIngestHandler(environment: NodeJS.ProcessEnv, log: Log) {
  const config = readConfig(environment, {
    ...COMMON,
    ...WAREHOUSE,
    ...ALERTS,
    /** Bucket where arrivals land. */
    LANDING_BUCKET: z.string().min(3),
    /** A simtom-compatible server. */
    SOURCE_URL: z.url(),
    /** JSON that the server wants with every request: a volume, a seed. */
    SOURCE_PARAMETERS: z.string().default('{}').transform(parseParameters),
    /** How long a call may take before the platform ends it. */
    TIMEOUT_SECONDS: z.coerce.number().int().min(0).max(3600).default(1800),
  });
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const bigquery = new BigQuery({ projectId });
  const landing = new Storage({ projectId }).bucket(config.LANDING_BUCKET);
  const sql = sqlFiles(config.SQL_DIRECTORY);
  const alertsOf = connectAlerts('ingest', bigquery, config);

  async function contextOf(id: string, log: Log): Promise<Context> {
    const portfolio = await findPortfolio(config.SQL_DIRECTORY, id);
    return {
      portfolio,
      alerts: alertsOf(portfolio, log),
      warehouse: createWarehouse({
        bigquery,
        datasetId: datasetOf(id),
        location: config.BIGQUERY_LOCATION,
        log,
        sleep,
        labels: { function: 'ingest', portfolio: id },
      }),
      sql,
      landing,
      source: { url: config.SOURCE_URL, parameters: config.SOURCE_PARAMETERS },
      log,
      now: () => new Date(),
    };
  }

  async function handle({ body, headers, log }: RouteCall) {
    const deadline = deadlineOf(config.TIMEOUT_SECONDS);
    const request = parseBody(requestSchema, body ?? {});
    checkDates(request);
    const due = scheduleTime(headers) ?? new Date();
    const run = { name: runName(due), due };
    const context = await contextOf(request.portfolio, log);
    const days = await daysToIngest(context, run, request);
    const summary = await ingest(context, { run, deadline, ...days });
    return { status: summary.state === 'done' ? 200 : 202, body: summary };
  }

  async function handleRelease({ body, headers, log }: RouteCall) {
    const deadline = deadlineOf(config.TIMEOUT_SECONDS);
    const request = parseBody(releaseSchema, body ?? {});
    checkDates(request);
    const due = scheduleTime(headers) ?? new Date();
    const run = { name: runName(due), due };
    const context = await contextOf(request.portfolio, log);
    const { start_date: start, end_date: end } = request;
    const range = start === undefined ? ALL_DAYS : { start, end: end ?? start };
    const summary = await release(context, { run, deadline, range });
    return { status: summary.state === 'done' ? 200 : 202, body: summary };
  }

  return createHandler(
    [
      { method: 'POST', path: '/', handle },
      { method: 'POST', path: '/quarantine', handle: handleRelease },
    ],
    { projectId, log },
  );
}

function parseParameters(text: string, context: z.RefinementCtx): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    context.addIssue('must be a JSON object');
    return z.NEVER;
  }
}

function checkDates({ start_date: start, end_date: end }: z.infer<typeof releaseSchema>): void {
  if (end === undefined) return;
  if (start === undefined) throw badRequest('end_date is said without start_date.');
  if (start > end) throw badRequest(`start_date ${start} is after end_date ${end}.`);
}

/** The days of the request; those that are missing or may have changed where it names none. */
async function daysToIngest(context: Context, run: Run, request: z.infer<typeof requestSchema>) {
  const { start_date: start, end_date: end, again_before: before } = request;
  const again = before === undefined ? undefined : new Date(before);
  if (start !== undefined) return { range: { start, end: end ?? start }, again: () => again };
  const range = await missingDays(context, run);
  const late = dayAfter(range.end, -context.portfolio.source.late_days);
  return { range, again: (day: string) => (day >= late ? run.due : again) };
}

/** `20261121T063000000`: names the run's jobs, objects and tables. */
const runName = (scheduled: Date): string => scheduled.toISOString().replace(/[-:.Z]/g, '');
