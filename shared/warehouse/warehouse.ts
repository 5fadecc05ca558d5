/** Work in BigQuery that can be repeated: every job has a name of its own, and whoever asks for it again joins it. */
import type { BigQuery, Job } from '@google-cloud/bigquery';
import type { Log } from '../log.ts';
import { extractOf, loadOf, queryOf } from './configuration.ts';
import { type JobProgress, JobUnderWay, WarehouseError } from './failures.ts';
import { type FinishedJob, finishedJob } from './finished_job.ts';

/** A value of a named parameter; arrays and NULL need their type said (`types`). */
export type Parameters = Readonly<Record<string, unknown>>;

export interface Statement {
  readonly sql: string;
  readonly parameters?: Parameters;
  /** GoogleSQL type by parameter name, where the value does not tell. */
  readonly types?: Readonly<Record<string, string | string[]>>;
  /** The table that the rows replace; without one they are answered. */
  readonly into?: string;
  /** An INT64 column of that table, and how many values it has from 0 on: each is a partition. */
  readonly partitions?: { readonly column: string; readonly count: number };
}

export interface Load {
  readonly bucket: string;
  readonly object: string;
  readonly table: string;
  /** None where the file brings its own. */
  readonly schema?: readonly object[];
  /** How the object is to be read, by BigQuery's names; as newline-delimited JSON unless said. */
  readonly format?: Readonly<Record<string, unknown>>;
  /** Whether rows come to those of the table; they replace them unless said. */
  readonly append?: boolean;
}

/** One partition of a table, into Parquet files. */
export interface Extract {
  readonly table: string;
  readonly partition: number;
  readonly bucket: string;
  /** What the files' names begin with; the rest is BigQuery's. */
  readonly prefix: string;
}

/** A column of what a statement answers. */
export interface AnsweredColumn {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
}

/** One dataset of the warehouse: names without a dataset in SQL are its tables and models. */
export interface Warehouse {
  readonly projectId: string;
  readonly datasetId: string;
  /**
   * Runs a statement once by name; a second call joins the first job. Answers its rows, unless a table takes them.
   * @throws {JobUnderWay} when time is up before its end
   */
  run(name: string, statement: Statement): Promise<Record<string, unknown>[]>;
  /** Replaces a table by the rows of an object, or appends them. Answers how many. */
  load(name: string, load: Load): Promise<number>;
  extract(name: string, extract: Extract): Promise<void>;
  /** The columns that a statement would answer, for which it is not run. @throws {WarehouseError} */
  columns(statement: Statement): Promise<AnsweredColumn[]>;
  deleteTable(table: string): Promise<void>;
  /** Has a table deleted at a moment, by the warehouse itself. */
  expireTable(table: string, at: Date): Promise<void>;
  /** The jobs that were run or joined here and have ended, in that order. */
  readonly finished: readonly FinishedJob[];
}

export interface WarehouseOptions {
  readonly bigquery: BigQuery;
  readonly datasetId: string;
  readonly location: string;
  readonly log: Log;
  /** Waits; passed in, so that tests need not. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Whether there is no time left to wait for a job that runs; there always is unless said. */
  readonly timeIsUp?: () => boolean;
  /** Cost attribution: labels of every job. */
  readonly labels: Readonly<Record<string, string>>;
}

// Pauses are a fifth of the time waited so far: nobody learns of the end much too late.
const SHORTEST_POLL_MS = 50;
const LONGEST_POLL_MS = 5000;
const TELL_FROM_MS = 3000;
const LARGEST_ATTEMPT = 5;

export function createWarehouse(options: WarehouseOptions): Warehouse {
  const { bigquery, datasetId } = options;
  const dataset = bigquery.dataset(datasetId);
  const finished: FinishedJob[] = [];
  const ports = { ...options, onFinished: (job: FinishedJob) => finished.push(job) };
  return {
    projectId: bigquery.projectId,
    datasetId,
    finished,
    async run(name, statement) {
      const create = (jobId: string) => bigquery.createQueryJob(queryOf(statement, jobId, options));
      return finish(name, ports, create, async (job) => {
        // A table can be larger than any memory.
        if (statement.into !== undefined) return [];
        const [rows] = await job.getQueryResults();
        return rows as Record<string, unknown>[];
      });
    },
    async load(name, load) {
      const create = (jobId: string) => createJob(jobId, options, { load: loadOf(load, options) });
      return finish(name, ports, create, async (job) =>
        Number(job.metadata.statistics?.load?.outputRows ?? 0),
      );
    },
    async extract(name, extract) {
      const create = (jobId: string) =>
        createJob(jobId, options, { extract: extractOf(extract, options) });
      await finish(name, ports, create, async () => {});
    },
    async columns(statement) {
      try {
        const query = { ...queryOf(statement, undefined, options), dryRun: true };
        const [job] = await bigquery.createQueryJob(query);
        return job.metadata.statistics?.query?.schema?.fields ?? [];
      } catch (error) {
        throw new WarehouseError((error as Error).message, undefined, error);
      }
    },
    async deleteTable(table) {
      await dataset.table(table).delete({ ignoreNotFound: true });
    },
    async expireTable(table, at) {
      await dataset.table(table).setMetadata({ expirationTime: String(at.getTime()) });
    },
  };
}

async function createJob(
  jobId: string,
  { bigquery, location, labels }: WarehouseOptions,
  configuration: object,
): Promise<[Job]> {
  const [job] = await bigquery.createJob({
    jobId,
    location,
    configuration: { labels, ...configuration },
  });
  return [job];
}

interface Ports extends WarehouseOptions {
  readonly onFinished: (job: FinishedJob) => void;
}

/**
 * Starts a job under its name or joins the one that has it, waits for its end and reads what it
 * gave. A name whose job failed before, or whose results are gone (BigQuery keeps them for a day),
 * gets a number, so that a repeated run can try again.
 */
async function finish<T>(
  name: string,
  options: Ports,
  create: (jobId: string) => Promise<[Job, ...unknown[]]>,
  read: (job: Job) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const jobId = attempt === 1 ? name : `${name}-${attempt}`;
    const { job, joined } = await startOrJoin(jobId, options, create);
    try {
      await waitFor(jobId, job, options);
      return await read(job);
    } catch (error) {
      if (!joined || !isOfNoUse(error) || attempt >= LARGEST_ATTEMPT) throw error;
      const why = (error as Error).message;
      options.log.warning('a job of an earlier run is of no use; trying again', { jobId, why });
    }
  }
}

const isOfNoUse = (error: unknown): boolean =>
  error instanceof WarehouseError || (error as { code?: unknown }).code === 404;

async function startOrJoin(
  jobId: string,
  options: WarehouseOptions,
  create: (jobId: string) => Promise<[Job, ...unknown[]]>,
): Promise<{ job: Job; joined: boolean }> {
  try {
    const [job] = await create(jobId);
    return { job, joined: false };
  } catch (error) {
    if ((error as { code?: unknown }).code === 409) {
      const job = options.bigquery.job(jobId, { location: options.location });
      return { job, joined: true };
    }
    const { message, errors } = error as Error & { errors?: readonly { reason?: string }[] };
    throw new WarehouseError(
      `The job ${jobId} was refused: ${message}`,
      errors?.[0]?.reason,
      error,
    );
  }
}

/** How far a job is, as it was last heard. */
function progressOf(job: Job): JobProgress {
  const training = job.metadata.statistics?.query?.mlStatistics;
  return training
    ? { iterations: training.iterationResults?.length, of: training.maxIterations }
    : {};
}

/**
 * Polls to the end, ever more slowly; a job of more than a few seconds says that it lives.
 * @throws {WarehouseError} when the job failed @throws {JobUnderWay} when time is up
 */
async function waitFor(jobId: string, job: Job, options: Ports): Promise<void> {
  for (let waited = 0; ; ) {
    const [resource] = await job.getMetadata();
    const { status } = resource;
    if (status?.state === 'DONE') {
      options.onFinished(finishedJob(jobId, resource));
      if (!status.errorResult) return;
      const { message, reason } = status.errorResult;
      throw new WarehouseError(`The job ${jobId} failed: ${message}`, reason);
    }
    const progress = progressOf(job);
    if (options.timeIsUp?.()) throw new JobUnderWay(jobId, progress);
    if (waited > TELL_FROM_MS) options.log.info('a job is running', { job: job.id, ...progress });
    const pause = Math.min(Math.max(waited / 5, SHORTEST_POLL_MS), LONGEST_POLL_MS);
    waited += pause;
    await options.sleep(pause);
  }
}
