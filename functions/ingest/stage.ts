import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';

/** Rows on their way into an object of newline-delimited JSON. */
export interface StagedRows {
  readonly object: string;
  readonly count: number;
  /** SHA-256 of all rows, once closed. */
  readonly digest: string;
  add(row: object): void;
  /** To be awaited now and then: returns when there is room for more. */
  room(): Promise<void>;
  /** The object exists only once this has returned. */
  close(): Promise<void>;
  /** Gives up: no object appears. */
  abandon(): void;
}

/** Rows go out in pieces of about this size: one by one they would cost a system call each. */
const CHUNK_CHARACTERS = 256 * 1024;

/** Opens an object for writing, as a stream: a day of any size needs little memory. */
export function stageRows(bucket: Bucket, object: string): StagedRows {
  const stream = bucket.file(object).createWriteStream({
    resumable: false,
    contentType: 'application/x-ndjson',
    // The client's own CRC32C is JavaScript, and ten times slower.
    validation: 'md5',
  });
  // Awaited in room and close; until then a failure must not count as unhandled.
  const quietly = <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => {});
    return promise;
  };
  const done = quietly(finished(stream));
  const hash = createHash('sha256');
  let digest = '';
  let count = 0;
  let waiting = '';
  let drained: Promise<unknown> | undefined;
  const send = () => {
    hash.update(waiting);
    if (!stream.write(waiting)) drained ??= quietly(Promise.race([once(stream, 'drain'), done]));
    waiting = '';
  };
  return {
    object,
    get count() {
      return count;
    },
    get digest() {
      return digest;
    },
    add(row) {
      count++;
      waiting += `${JSON.stringify(row)}\n`;
      if (waiting.length >= CHUNK_CHARACTERS) send();
    },
    async room() {
      await drained;
      drained = undefined;
    },
    async close() {
      digest = hash.update(waiting).digest('hex');
      stream.end(waiting);
      await done;
    },
    abandon() {
      stream.destroy();
    },
  };
}
