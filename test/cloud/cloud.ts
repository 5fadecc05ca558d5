/** The local Google Cloud: all services in one process, on loopback, for unmodified clients. */
import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BigQuery, createBigQuery } from './bigquery/bigquery.ts';
import type { ObjectStore, RowSink } from './bigquery/ports.ts';
import { type Clock, systemClock } from './clock.ts';
import { Router } from './http/router.ts';
import { type Server, startServer } from './http/server.ts';
import { metadataRoutes } from './metadata/metadata.ts';
import { OidcIssuer } from './metadata/oidc.ts';
import { fileJournal, memoryJournal } from './pubsub/journal.ts';
import { type PubSub, startPubSub } from './pubsub/server.ts';
import type { Targets } from './scheduler/delivery.ts';
import { send } from './scheduler/http_call.ts';
import { openScheduler } from './scheduler/scheduler.ts';
import { type Blobs, fileBlobs, memoryBlobs } from './state/blobs.ts';
import { type Documents, fileDocuments, memoryDocuments } from './state/documents.ts';
import { lockFolder } from './state/lock.ts';
import { openStorage, type Storage } from './storage/storage.ts';

export interface CloudOptions {
  readonly projectId: string;
  /** Where the state is kept, so that a restart finds it; in memory where there is none. */
  readonly directory?: string;
  /** Of the REST APIs; any free one unless said. */
  readonly port?: number;
  /** Of Pub/Sub's gRPC; any free one unless said. */
  readonly pubsubPort?: number;
  readonly clock?: Clock;
  /** Cores that one statement of BigQuery may take; all that there are unless said. */
  readonly queryThreads?: number;
  /** Letters, digits, `-` and `_`; never the same twice, over restarts too. */
  readonly ids?: () => string;
  readonly region?: string;
}

export interface Cloud {
  /** `http://127.0.0.1:PORT`: every REST API, the metadata server and the issuer of OIDC tokens. */
  readonly origin: string;
  /** The environment in which Google's clients find the services. */
  readonly env: Readonly<Record<string, string>>;
  /** Lets requests in progress end, then stops everything; the state is on the disk. */
  stop(): Promise<void>;
}

/** What services are made of. */
interface Base {
  readonly options: CloudOptions;
  readonly clock: Clock;
  readonly ids: () => string;
  readonly router: Router;
  readonly origin: string;
  readonly documents: (service: string) => Documents;
  readonly blobs: (service: string) => Blobs;
  /** Where clients look for a service. */
  readonly env: Record<string, string>;
  /** What is to be stopped in the end, the last one first. */
  readonly stops: (() => Promise<void>)[];
}

const PROJECT_NUMBER = '123456789012';

/** @throws {Error} when the folder is in use or its state corrupt, or the port is taken: says which */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { directory } = options;
  const stops: Base['stops'] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll(stops);
    return stopping;
  };
  try {
    if (directory !== undefined) stops.push(await lockFolder(directory));
    const router = new Router();
    const opened = Promise.withResolvers<void>();
    const server = await listen(router, opened.promise, options.port);
    const env: Record<string, string> = {};
    const base: Base = {
      options,
      clock: options.clock ?? systemClock,
      ids: options.ids ?? randomUUID,
      router,
      origin: server.origin,
      documents: (name) =>
        directory === undefined ? memoryDocuments() : fileDocuments(join(directory, name)),
      blobs: (name) =>
        directory === undefined ? memoryBlobs() : fileBlobs(join(directory, name, 'blobs')),
      env,
      stops,
    };
    await openServices(base).catch(async (error) => {
      await server.stop(0);
      throw error;
    });
    // Requests first: they use all the rest.
    stops.push(() => server.stop());
    opened.resolve();
    return { origin: server.origin, env, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The last one first, and each one whatever becomes of the others. */
async function stopAll(stops: Base['stops']): Promise<void> {
  const problems: unknown[] = [];
  for (let next = stops.pop(); next; next = stops.pop()) {
    await next().catch((problem) => problems.push(problem));
  }
  if (problems.length > 0) {
    throw new AggregateError(problems, 'The local Google Cloud could not be stopped well.');
  }
}

/** A server that lets requests wait until the services are there. */
const listen = (router: Router, opened: Promise<void>, port = 0): Promise<Server> =>
  startServer(async (request, response) => {
    await opened;
    await router.handle(request, response);
  }, port);

/** One service after the other: a further one is opened here. */
async function openServices(base: Base): Promise<void> {
  keepOutCredentials(base);
  const oidc = openMetadata(base);
  const { objectStore } = await openObjects(base);
  const { rowSink } = await openWarehouse(base, objectStore);
  const pubsub = await openMessaging(base, oidc, rowSink);
  await openJobs(base, oidc, (topic, messages) => pubsub.publish(topic, messages));
}

/** Clients would rather take the credentials that the user has on this machine than ask for tokens. */
function keepOutCredentials({ options, env }: Base): void {
  env.GOOGLE_CLOUD_PROJECT = options.projectId;
  env.GOOGLE_APPLICATION_CREDENTIALS = '';
  env.CLOUDSDK_CONFIG = join(options.directory ?? tmpdir(), 'local-google-cloud-config');
}

function openMetadata({ options, clock, origin, router, env }: Base): OidcIssuer {
  const oidc = new OidcIssuer(origin, () => clock.now());
  oidc.routes(router);
  metadataRoutes(router, {
    projectId: options.projectId,
    projectNumber: PROJECT_NUMBER,
    region: options.region ?? 'us-central1',
    serviceAccount: `${PROJECT_NUMBER}-compute@developer.gserviceaccount.com`,
    oidc,
  });
  env.GCE_METADATA_HOST = new URL(origin).host;
  return oidc;
}

async function openObjects({
  router,
  documents,
  blobs,
  ids,
  clock,
  origin,
  env,
}: Base): Promise<Storage> {
  env.STORAGE_EMULATOR_HOST = origin;
  return openStorage(router, {
    documents: documents('storage'),
    blobs: blobs('storage'),
    ids,
    now: () => clock.now(),
    projectNumber: PROJECT_NUMBER,
  });
}

async function openWarehouse(base: Base, objectStore: ObjectStore): Promise<BigQuery> {
  const { options, clock, ids, router, origin, env, stops } = base;
  const { directory, projectId } = options;
  const bigquery = await createBigQuery({
    projectId,
    objectStore,
    clock,
    ids,
    ...(directory === undefined ? {} : { directory: join(directory, 'bigquery') }),
    ...(options.queryThreads === undefined ? {} : { threads: options.queryThreads }),
  });
  bigquery.routes(router);
  env.BIGQUERY_EMULATOR_HOST = origin;
  stops.push(() => bigquery.stop());
  return bigquery;
}

async function openMessaging(base: Base, oidc: OidcIssuer, rowSink: RowSink): Promise<PubSub> {
  const { options, clock, env, stops } = base;
  const { directory, projectId, pubsubPort } = options;
  const pubsub = await startPubSub({
    projectId,
    clock,
    rowSink,
    state:
      directory === undefined ? memoryJournal() : fileJournal(join(directory, 'pubsub.journal')),
    newWord: () => randomBytes(8).toString('hex'),
    mintToken: (audience, email) => oidc.mint(audience, email),
    report: (problem) => console.error(`Pub/Sub: ${problem}`),
    ...(pubsubPort === undefined ? {} : { port: pubsubPort }),
  });
  env.PUBSUB_EMULATOR_HOST = `${pubsub.host}:${pubsub.port}`;
  stops.push(() => pubsub.stop());
  return pubsub;
}

async function openJobs(base: Base, oidc: OidcIssuer, publish: Targets['publish']): Promise<void> {
  const { router, documents, clock, ids, env, origin, stops } = base;
  const scheduler = await openScheduler(router, {
    documents: documents('scheduler'),
    clock,
    ids,
    targets: { send, mint: (audience, email) => oidc.mint(audience, email), publish },
    onError: (error) => console.error('Cloud Scheduler: its state could not be written.', error),
  });
  env.CLOUD_SCHEDULER_EMULATOR_HOST = new URL(origin).host;
  stops.push(() => scheduler.stop());
}
