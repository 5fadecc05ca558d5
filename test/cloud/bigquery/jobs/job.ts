/** A job, as it is kept. */
import { ApiError } from '../../errors.ts';
import { type ErrorProto, LoadFailure } from '../load/tally.ts';
import type { TableRef } from '../names.ts';
import type { Field } from '../types.ts';

export interface JobRef {
  readonly projectId: string;
  readonly jobId: string;
  readonly location: string;
}

/** The kinds of jobs, by their part of the configuration. */
export const JOB_KINDS = ['query', 'load', 'extract', 'copy'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export type Json = Readonly<Record<string, unknown>>;

export interface JobRecord {
  readonly ref: JobRef;
  readonly kind: JobKind;
  /** JobConfiguration as it was sent, with what BigQuery adds. */
  readonly configuration: Json;
  readonly state: 'PENDING' | 'RUNNING' | 'DONE';
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly started?: number;
  readonly ended?: number;
  /** Why it failed, and the HTTP status of whoever asks for its results. */
  readonly failure?: { readonly status: number; readonly error: ErrorProto };
  /** What was wrong without making it fail, and what made it fail. */
  readonly errors: readonly ErrorProto[];
  /** JobStatistics but for the times. */
  readonly statistics: Json;
  /** Where a query's rows are. */
  readonly result?: JobResult;
  /** Of jobs.query. */
  readonly requestId?: string;
}

export interface JobResult {
  readonly table: TableRef;
  readonly fields: readonly Field[];
  readonly rowCount: number;
}

/** `project:location.id`, as BigQuery's messages and ids name a job. */
export const describeJob = ({ projectId, location, jobId }: JobRef): string =>
  `${projectId}:${location}.${jobId}`;

/** What becomes of a job whose process ends first. */
export const lost = (job: string): ApiError =>
  new ApiError(
    500,
    'backendError',
    `The local BigQuery stopped while job ${job} was running. Retry with a new job id.`,
  );

/** What a job's work brings back. */
export interface JobOutcome {
  readonly statistics: Json;
  readonly result?: JobResult;
  readonly warnings?: readonly ErrorProto[];
  /** Replaces the configuration of the job's kind, where BigQuery adds to it. */
  readonly configuration?: Json;
}

/** What a job's work is given. */
export interface JobRun {
  readonly ref: JobRef;
  /** Names of tables and folders that are the job's own. */
  readonly id: string;
  readonly created: number;
  readonly signal: AbortSignal;
  /** Statistics while the job runs; those of a query are merged with what was reported before. */
  readonly report: (statistics: Json) => void;
}

export type JobWork = (run: JobRun) => Promise<JobOutcome>;

/** The end of a job that failed. */
export function failed(record: JobRecord, error: unknown, ended: number): JobRecord {
  const told = error instanceof ApiError ? error : internal(error);
  const proto = told.proto();
  const details = told instanceof LoadFailure ? told.details : [];
  return {
    ...record,
    state: 'DONE',
    started: record.started ?? ended,
    ended,
    failure: { status: told.status, error: proto },
    errors: [proto, ...details],
  };
}

function internal(error: unknown): ApiError {
  // The local cloud is a development tool: its own faults should be seen, not hidden.
  console.error('local BigQuery: internal error in a job', error);
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, 'internalError', message, { cause: error });
}
