/** What the tests of this folder share: the local BigQuery behind a server, and its official client. */
import { BigQuery as Client } from '@google-cloud/bigquery';
import { type Clock, systemClock } from '../clock.ts';
import { serve } from '../http/testing.ts';
import { metadataRoutes } from '../metadata/metadata.ts';
import { OidcIssuer } from '../metadata/oidc.ts';
import { memoryBlobs } from '../state/blobs.ts';
import { memoryDocuments } from '../state/documents.ts';
import { openStorage } from '../storage/storage.ts';
import { type BigQuery, createBigQuery } from './bigquery.ts';
import type { ObjectStore } from './ports.ts';

export interface TestBigQuery {
  readonly client: Client;
  readonly origin: string;
  readonly bigquery: BigQuery;
  readonly objectStore: ObjectStore;
  /** A request without the client, below `/bigquery/v2/projects/p`. */
  request(
    method: string,
    path: string,
    options?: { headers?: Record<string, string>; body?: object; text?: string },
    // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect in the body.
  ): Promise<{ status: number; body: any }>;
  stop(): Promise<void>;
}

export interface TestOptions {
  readonly directory?: string;
  readonly clock?: Clock;
  readonly concurrency?: number;
  readonly resultsKept?: number;
}

let count = 0;

/** One server with all that the official client asks for: BigQuery, Storage and tokens. */
export async function startBigQuery(options: TestOptions = {}): Promise<TestBigQuery> {
  const { clock = systemClock } = options;
  const ids = () => `${++count}-${process.pid}`;
  const parts: { bigquery?: BigQuery; objectStore?: ObjectStore } = {};
  const server = await serve(async (router, { origin }) => {
    const oidc = new OidcIssuer(origin, () => clock.now());
    metadataRoutes(router, {
      projectId: 'p',
      projectNumber: '123',
      region: 'us-central1',
      serviceAccount: 'local@p.iam.gserviceaccount.com',
      oidc,
    });
    const { objectStore } = await openStorage(router, {
      documents: memoryDocuments(),
      blobs: memoryBlobs(),
      ids,
      now: () => clock.now(),
      projectNumber: '123',
    });
    parts.objectStore = objectStore;
    parts.bigquery = await createBigQuery({ ...options, projectId: 'p', objectStore, ids, clock });
    parts.bigquery.routes(router);
  });
  const { bigquery, objectStore } = parts;
  const before = process.env.GCE_METADATA_HOST;
  process.env.GCE_METADATA_HOST = new URL(server.origin).host;
  const client = new Client({
    projectId: 'p',
    apiEndpoint: server.origin,
    retryOptions: { autoRetry: false },
  });
  return {
    client,
    origin: server.origin,
    bigquery: bigquery!,
    objectStore: objectStore!,
    request: requester(server.origin),
    stop: async () => {
      if (before === undefined) delete process.env.GCE_METADATA_HOST;
      else process.env.GCE_METADATA_HOST = before;
      await server.stop();
      await bigquery!.stop();
    },
  };
}

const requester =
  (origin: string): TestBigQuery['request'] =>
  async (method, path, { headers = {}, body, text } = {}) => {
    const response = await fetch(`${origin}/bigquery/v2/projects/p${path}`, {
      method,
      headers,
      body: text ?? (body === undefined ? null : JSON.stringify(body)),
    });
    const answer = await response.text();
    return { status: response.status, body: answer === '' ? undefined : JSON.parse(answer) };
  };

/** For assert.rejects: an error of the client with this status, reason and message. */
export const status =
  (code: number, reason: string, message: RegExp) =>
  (error: unknown): boolean => {
    const {
      code: actual,
      errors = [],
      message: text,
    } = error as {
      code?: number;
      errors?: { reason: string }[];
      message: string;
    };
    const reasons = errors.map((each) => each.reason);
    if (actual === code && reasons[0] === reason && message.test(text)) return true;
    throw new Error(`${actual} ${reasons.join()} ${text}`, { cause: error });
  };
