/** jobs.query and jobs.getQueryResults: queries and their rows. */
import { isDeepStrictEqual } from 'node:util';
import { ApiError, invalid, notFound } from '../../errors.ts';
import type { Call, Reply } from '../../http/router.ts';
import { DEFAULT_LOCATION } from '../catalog/location.ts';
import { etagOf } from '../catalog/records.ts';
import { encodeRows, type TimestampFormat } from '../duckdb/encode.ts';
import { describeJob, type JobRecord, type Json } from '../jobs/job.ts';
import { type JobDependencies, submit, submitDryRun } from '../jobs/submit.ts';
import { describeTable } from '../names.ts';
import { toResource } from '../types.ts';
import { type Api, locationParameter } from './api.ts';
import { statisticsOf } from './job_resource.ts';
import { numberParameter, rowsPage } from './paging.ts';
import { parseTimestampFormat, timestampFormat } from './tabledata.ts';

/** How long a request waits for its query unless it says so itself, and at most. */
const WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 200_000;
/** How long a requestId is remembered. */
const REQUEST_REMEMBERED_MS = 15 * 60_000;

export function queryRoutes(api: Api, dependencies: JobDependencies): void {
  api
    .on('POST', '/queries', async (call) => query(dependencies, call, await call.json()))
    .on('GET', '/queries/{jobId}', (call) => results(dependencies, call));
}

/** What of a QueryRequest belongs to the job's query, and what to the job. */
const OF_QUERY = [
  'connectionProperties',
  'continuous',
  'createSession',
  'defaultDataset',
  'destinationEncryptionConfiguration',
  'maximumBytesBilled',
  'parameterMode',
  'preserveNulls',
  'query',
  'queryParameters',
  'useLegacySql',
  'useQueryCache',
  'writeIncrementalResults',
];
const OF_JOB = ['jobTimeoutMs', 'labels', 'reservation'];

const some = (body: Json, keys: readonly string[]): Json =>
  Object.fromEntries(keys.filter((key) => body[key] !== undefined).map((key) => [key, body[key]]));

async function query(dependencies: JobDependencies, call: Call, body: Json): Promise<Reply> {
  const projectId = call.params.projectId!;
  const configuration = { query: some(body, OF_QUERY), ...some(body, OF_JOB) };
  const submission = {
    projectId,
    configuration,
    location: body.location as string | undefined,
    requestId: body.requestId as string | undefined,
  };
  if (body.dryRun === true) return dryRunReply(dependencies, submission, call);
  const { jobs } = dependencies;
  const begun = earlier(dependencies, submission) ?? (await submit(dependencies, submission));
  const record = await jobs.wait(begun.ref, waitingTime(body.timeoutMs));
  const format = (body.formatOptions ?? {}) as Json;
  const timestamps = parseTimestampFormat(
    format.timestampOutputFormat,
    format.useInt64Timestamp === true,
  );
  const page = new URLSearchParams();
  if (body.maxResults !== undefined) page.set('maxResults', String(body.maxResults));
  const answer = await answerOf(dependencies, record, page, timestamps, call.signal);
  return {
    json: {
      kind: 'bigquery#queryResponse',
      ...answer,
      jobCreationReason: { code: 'REQUESTED' },
      queryId: `${describeJob(record.ref)}`,
      location: record.ref.location,
      ...(record.state === 'DONE' ? timesOf(record) : {}),
    },
  };
}

/** The job of the same request, sent before: a client that repeats itself changes nothing twice. */
function earlier(
  { jobs, now }: JobDependencies,
  {
    projectId,
    requestId,
    configuration,
  }: { projectId: string; requestId: string | undefined; configuration: Json },
): JobRecord | undefined {
  if (requestId === undefined) return undefined;
  const record = jobs.byRequestId(projectId, requestId, now() - REQUEST_REMEMBERED_MS);
  const asked = configuration.query as Json;
  const before = record?.configuration.query as Json | undefined;
  return before && isDeepStrictEqual(some(before, Object.keys(asked)), asked) ? record : undefined;
}

const timesOf = (record: JobRecord): Json => {
  const { creationTime, startTime, endTime, totalSlotMs } = statisticsOf(record);
  return { creationTime, startTime, endTime, totalSlotMs };
};

async function dryRunReply(
  dependencies: JobDependencies,
  submission: Parameters<typeof submitDryRun>[1],
  call: Call,
): Promise<Reply> {
  const { statistics, fields } = await submitDryRun(dependencies, submission, call.signal);
  const { projectId, location = DEFAULT_LOCATION } = submission;
  return {
    json: {
      kind: 'bigquery#queryResponse',
      jobReference: { projectId, location },
      jobComplete: true,
      totalBytesProcessed: statistics.totalBytesProcessed,
      cacheHit: false,
      ...(fields ? { schema: { fields: fields.map(toResource) } } : {}),
    },
  };
}

async function results(dependencies: JobDependencies, call: Call): Promise<Reply> {
  const { params, query: asked, signal } = call;
  const { jobs } = dependencies;
  const { ref, kind } = jobs.get(params.projectId!, params.jobId!, locationParameter(asked));
  if (kind !== 'query') throw invalid(`Job ${describeJob(ref)} is not a query: it has no results.`);
  const record = await jobs.wait(ref, waitingTime(numberParameter(asked, 'timeoutMs')));
  const answer = await answerOf(dependencies, record, asked, timestampFormat(asked), signal);
  return {
    json: { kind: 'bigquery#getQueryResultsResponse', etag: etagOf(record), ...answer },
  };
}

function waitingTime(given: unknown): number {
  const asked = given === undefined || given === null ? WAIT_MS : Number(given);
  return Math.min(Number.isFinite(asked) ? asked : WAIT_MS, LONGEST_WAIT_MS);
}

/** What both methods answer. @throws {ApiError} the job's own error, where it failed. */
async function answerOf(
  { catalog, database }: JobDependencies,
  record: JobRecord,
  asked: URLSearchParams,
  timestamps: TimestampFormat,
  signal: AbortSignal,
): Promise<Json> {
  const { ref, state, failure, result } = record;
  if (state !== 'DONE') return { jobReference: ref, jobComplete: false };
  if (failure) throw asError(failure);
  const common = withoutRows(record);
  if (!result) return { ...common, schema: {}, totalRows: '0' };
  const { table, fields, rowCount } = result;
  if (!catalog.record(table)) {
    throw notFound(`${describeTable(table)}, which held the results of job ${describeJob(ref)}`);
  }
  const { pageToken, ...page } = rowsPage(
    rowCount,
    fields.length,
    asked,
    `job ${describeJob(ref)}`,
  );
  const rows = await database.using(
    (session) => encodeRows(session, table, fields, page, timestamps),
    signal,
  );
  return {
    ...common,
    schema: { fields: fields.map(toResource) },
    totalRows: String(rowCount),
    ...(pageToken === undefined ? {} : { pageToken }),
    ...(rows.length === 0 ? {} : { rows }),
  };
}

/** What is said of a query that went well, whether or not it has rows. */
function withoutRows({ ref, statistics, errors }: JobRecord): Json {
  const query = statistics.query as Json;
  const { numDmlAffectedRows, dmlStats, totalBytesBilled } = query;
  return {
    jobReference: ref,
    jobComplete: true,
    totalBytesProcessed: statistics.totalBytesProcessed,
    totalBytesBilled,
    cacheHit: false,
    ...(numDmlAffectedRows === undefined ? {} : { numDmlAffectedRows, dmlStats }),
    ...(errors.length === 0 ? {} : { errors }),
  };
}

/** A job's failure as the answer to whoever asks for its rows. */
function asError({ status, error }: NonNullable<JobRecord['failure']>): ApiError {
  const { reason, message, location } = error;
  // What broke in the job is not what breaks in this request, so it must not be tried again.
  if (status >= 500 && status !== 501) {
    const named = `job${reason[0]?.toUpperCase()}${reason.slice(1)}`;
    return new ApiError(400, named, message);
  }
  return new ApiError(status, reason, message, location === undefined ? {} : { location });
}
