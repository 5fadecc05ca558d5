/** From what a client asks for to a job: checked, placed and begun. */
import { ApiError, invalid, unsupported } from '../../errors.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import { checkLabels } from '../catalog/labels.ts';
import { canonicalLocation, locationOf } from '../catalog/location.ts';
import type { Database } from '../duckdb/database.ts';
import type { DatasetRef } from '../names.ts';
import type { MlEngine, ObjectStore, QueryEngine } from '../ports.ts';
import { parseCopy, runCopy } from './copy_job.ts';
import { parseExtract, runExtract } from './extract_job.ts';
import { JOB_KINDS, type JobKind, type JobRecord, type JobWork, type Json } from './job.ts';
import type { Jobs } from './jobs.ts';
import { checkSource, parseLoadJob, runLoad } from './load_job.ts';
import { dryRun, parseQuery, runQuery } from './query_job.ts';

export interface JobDependencies {
  readonly jobs: Jobs;
  readonly catalog: LocalCatalog;
  readonly database: Database;
  readonly engine: QueryEngine;
  readonly ml: MlEngine;
  readonly objectStore: ObjectStore;
  readonly resultsKept: number;
  /** Where loads and extracts put files down on their way. */
  readonly workFolder: string;
  readonly now: () => number;
}

/** A job as jobs.insert and jobs.query ask for it. */
export interface Submission {
  readonly projectId: string;
  readonly configuration: Json;
  readonly jobId?: string | undefined;
  readonly location?: string | undefined;
  readonly requestId?: string | undefined;
  /** The bytes of a load, and how to be rid of them. */
  readonly upload?: UploadedBytes | undefined;
}

export interface UploadedBytes {
  open(): Promise<AsyncIterable<Uint8Array>>;
  remove(): Promise<void>;
}

/** Begins a job. @throws {ApiError} for what can be seen to be wrong without running it. */
export async function submit(
  dependencies: JobDependencies,
  submission: Submission,
): Promise<JobRecord> {
  const { projectId, configuration, jobId, requestId, upload } = submission;
  const kind = kindOf(configuration);
  const { work, place } = prepare(dependencies, submission, kind);
  const { jobTimeoutMs, labels } = configuration;
  checkLabels(labels);
  return dependencies.jobs.begin({
    projectId,
    jobId,
    location: submission.location
      ? canonicalLocation(submission.location)
      : locationOf(dependencies.catalog, place),
    kind,
    configuration: { jobType: kind.toUpperCase(), ...configuration },
    ...(requestId === undefined ? {} : { requestId }),
    ...(jobTimeoutMs === undefined ? {} : { timeoutMs: milliseconds(jobTimeoutMs) }),
    work,
    ...(upload ? { dispose: upload.remove } : {}),
  });
}

function kindOf(configuration: Json): JobKind {
  const kinds = JOB_KINDS.filter((kind) => configuration[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    throw new ApiError(400, 'required', `A job needs one of ${JOB_KINDS.join(', ')}.`);
  }
  if (configuration.reservation) throw unsupported('reservations');
  return kind;
}

interface Prepared {
  readonly work: JobWork;
  /** The dataset whose location the job follows. */
  readonly place: DatasetRef | undefined;
}

function prepare(dependencies: JobDependencies, submission: Submission, kind: JobKind): Prepared {
  const { projectId, upload } = submission;
  const configuration = submission.configuration[kind] as Json;
  if (upload !== undefined && kind !== 'load') throw invalid('Only loads take uploaded bytes.');
  switch (kind) {
    case 'query': {
      const settings = parseQuery(configuration, projectId);
      return {
        work: (run) => runQuery(dependencies, settings, configuration, run),
        place: settings.destination?.table ?? settings.defaultDataset,
      };
    }
    case 'load': {
      const job = parseLoadJob(configuration, projectId);
      checkSource(job, upload !== undefined);
      return { work: loadWork(dependencies, job, upload), place: job.destination.table };
    }
    case 'extract': {
      const extract = parseExtract(configuration, projectId);
      const place = 'model' in extract ? extract.model : extract.table;
      return { work: (run) => runExtract(dependencies, extract, run), place };
    }
    case 'copy': {
      const copy = parseCopy(configuration, projectId);
      return { work: (run) => runCopy(dependencies, copy, run), place: copy.destination.table };
    }
  }
}

const loadWork =
  (
    dependencies: JobDependencies,
    job: ReturnType<typeof parseLoadJob>,
    upload: UploadedBytes | undefined,
  ): JobWork =>
  async (run) => {
    const source = upload
      ? { bytes: await upload.open() }
      : { uris: job.uris, store: dependencies.objectStore };
    return runLoad(dependencies, job, source, run);
  };

function milliseconds(value: unknown): number {
  const ms = Number(value);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw invalid(`Invalid value for jobTimeoutMs: ${value}`, 'jobTimeoutMs');
}

/** What a dry run answers in place of a job. Only queries have one. */
export async function submitDryRun(
  dependencies: JobDependencies,
  { projectId, configuration }: Submission,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<typeof dryRun>>> {
  const kind = kindOf(configuration);
  if (kind !== 'query') throw unsupported(`dry runs of ${kind} jobs`);
  const settings = parseQuery(configuration.query as Json, projectId);
  return dryRun(dependencies, settings, { now: new Date(dependencies.now()), signal });
}
