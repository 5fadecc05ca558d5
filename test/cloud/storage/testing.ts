import { join } from 'node:path';
import { Storage as Client } from '@google-cloud/storage';
import type { ObjectStore } from '../bigquery/ports.ts';
import { serve } from '../http/testing.ts';
import { type Blobs, fileBlobs, memoryBlobs } from '../state/blobs.ts';
import { type Documents, fileDocuments, memoryDocuments } from '../state/documents.ts';
import { openStorage } from './storage.ts';

/** Cloud Storage for a test. */
export interface TestStorage {
  /** The official client. */
  readonly client: Client;
  readonly origin: string;
  readonly objectStore: ObjectStore;
  readonly documents: Documents;
  readonly blobs: Blobs;
  stop(): Promise<void>;
}

/** Time in tests: a minute before the generations of the first objects. */
export const START = Date.UTC(2026, 0, 2, 3, 4, 5);

let runs = 0;

/** Storage behind a server of its own, in memory or in a folder; each look at its clock is a second later. */
export async function startStorage(directory?: string): Promise<TestStorage> {
  const documents = directory ? fileDocuments(join(directory, 'documents')) : memoryDocuments();
  const blobs = directory ? fileBlobs(join(directory, 'blobs')) : memoryBlobs();
  runs += 1;
  let [counter, time] = [0, START];
  let objectStore: ObjectStore | undefined;
  const server = await serve(async (router) => {
    ({ objectStore } = await openStorage(router, {
      documents,
      blobs,
      ids: () => `run-${runs}-${counter++}`,
      now: () => (time += 1000),
      projectNumber: '123',
    }));
  });
  const client = new Client({
    projectId: 'p',
    apiEndpoint: server.origin,
    retryOptions: { autoRetry: false },
  });
  const { origin, stop } = server;
  return { client, origin, objectStore: objectStore!, documents, blobs, stop };
}

/** For assert.rejects: an error of the client with this status. */
export const status =
  (code: number, message = /./) =>
  (error: unknown) => {
    const { code: actual, message: text } = error as { code?: number; message: string };
    return actual === code && message.test(text);
  };
