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
  add(row: object): Promise<void>;
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
  });
  const done = finished(stream);
  // Awaited in close; until then a failure must not count as unhandled.
  done.catch(() => {});
  const hash = createHash('sha256');
  let digest = '';
  let count = 0;
  let waiting = '';
  return {
    object,
    get count() {
      return count;
    },
    get digest() {
      return digest;
    },
    async add(row) {
      count++;
      waiting += `${JSON.stringify(row)}\n`;
      if (waiting.length < CHUNK_CHARACTERS) return;
      hash.update(waiting);
      const hasRoom = stream.write(waiting);
      waiting = '';
      if (!hasRoom) await Promise.race([once(stream, 'drain'), done]);
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
