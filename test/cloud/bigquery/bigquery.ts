import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMl, type MlConfig } from '../bqml/ml.ts';
import type { Clock } from '../clock.ts';
import type { Router } from '../http/router.ts';
import { Uploads } from '../http/uploads.ts';
import { type Blobs, fileBlobs, memoryBlobs } from '../state/blobs.ts';
import { fileDocuments, memoryDocuments } from '../state/documents.ts';
import { LocalCatalog } from './catalog/catalog.ts';
import { Database } from './duckdb/database.ts';
import { createEngine } from './engine.ts';
import { Jobs } from './jobs/jobs.ts';
import { JobStore } from './jobs/store.ts';
import { Inserter } from './load/insert.ts';
import { rowSink } from './load/row_sink.ts';
import type { MlEngine, ObjectStore, RowSink } from './ports.ts';
import { USER } from './rest/job_resource.ts';
import { bigQueryRoutes } from './rest/routes.ts';

export interface BigQueryOptions {
  /** The project that the client's `projects.list` finds; others may be used just as well. */
  readonly projectId: string;
  /** Where the state is kept; without one it is in memory and gone at the end. */
  readonly directory?: string;
  readonly objectStore: ObjectStore;
  /** BigQuery ML; one of its own, in the directory, unless given. */
  readonly ml?: MlEngine;
  readonly clock: Clock;
  /** Ids that nobody has had yet: letters, digits, `-`. */
  readonly ids: () => string;
  /** DuckDB's share of the machine's memory; what does not fit goes to the disk. */
  readonly memoryLimit?: string;
  /** Cores that one statement may take; all that there are unless said. */
  readonly threads?: number;
  /** Jobs that run at a time. */
  readonly concurrency?: number;
  /** Results of queries without a destination that are kept for a project: the latest. */
  readonly resultsKept?: number;
}

export interface BigQuery {
  /** Adds the REST API's routes. */
  routes(router: Router): void;
  /** What Pub/Sub writes to. */
  readonly rowSink: RowSink;
  /** Breaks off the jobs under way and closes the state. */
  stop(): Promise<void>;
}

/** Four gigabytes must do for all of the local cloud and its clients. */
const MEMORY_LIMIT = '1500MB';
const CONCURRENCY = 4;
const RESULTS_KEPT = 500;

/** The local BigQuery. @throws {Error} when its state can't be read, or another process has it. */
export async function createBigQuery(options: BigQueryOptions): Promise<BigQuery> {
  const { directory, clock, ids, objectStore, projectId } = options;
  const workFolder = await emptyFolder(directory);
  const now = () => clock.now();
  const documents = directory === undefined ? memoryDocuments() : fileDocuments(directory);
  const blobs = directory === undefined ? memoryBlobs() : fileBlobs(join(directory, 'blobs'));
  const jobs = await Jobs.open({
    store: new JobStore(documents),
    clock,
    ids: () => ids().replaceAll('-', ''),
    concurrency: options.concurrency ?? CONCURRENCY,
  });
  const uploads = new Uploads({ blobs, documents, ids, now });
  await removeLeftovers(uploads, blobs);
  const own = options.ml ? undefined : await createMl(mlConfig(options));
  const ml = options.ml ?? own!;
  const database = await Database.open({
    memoryLimit: options.memoryLimit ?? MEMORY_LIMIT,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(directory === undefined ? {} : { path: join(directory, 'bigquery.duckdb') }),
  });
  const catalog = await LocalCatalog.open(database, clock, {
    isEmpty: (dataset) => ml.list(dataset).length === 0,
    dropAll: (dataset) => ml.dropAll(dataset),
  });
  const engine = await createEngine({
    database,
    catalog,
    ml,
    jobs: { list: (project) => jobs.list(project).map((job) => ({ ...job, user: USER })) },
    nextId: ids,
  });
  const inserter = new Inserter(catalog, now);
  const { resultsKept = RESULTS_KEPT } = options;
  const parts = {
    jobs,
    catalog,
    database,
    engine,
    ml,
    objectStore,
    resultsKept,
    workFolder,
    now,
  };
  return {
    routes: (router) => bigQueryRoutes(router, { ...parts, projectId, inserter, uploads, blobs }),
    rowSink: rowSink(catalog, inserter),
    stop: async () => {
      await jobs.stop();
      await own?.stop();
      await catalog.close();
      database.close();
    },
  };
}

/** A place for files on their way, rid of what a crash left there. */
async function emptyFolder(directory: string | undefined): Promise<string> {
  if (directory === undefined) return tmpdir();
  const folder = join(directory, 'work');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

const mlConfig = ({ directory, objectStore, clock }: BigQueryOptions): MlConfig => ({
  objectStore,
  clock,
  ...(directory === undefined ? {} : { directory: join(directory, 'models') }),
});

/** Bytes that no upload waits for were those of jobs that a crash ended. */
async function removeLeftovers(uploads: Uploads, blobs: Blobs): Promise<void> {
  const waiting = await uploads.sweep(new Set());
  for (const id of await blobs.list()) if (!waiting.has(id)) await blobs.remove(id);
}
