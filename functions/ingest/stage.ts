import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';

/** Rows on their way into an object of newline-delimited JSON. */
export interface StagedRows {
  readonly object: string;
  readonly count: number;
  add(row: object): Promise<void>;
  /** The object exists only once this has returned. */
  close(): Promise<void>;
  /** Gives up: no object appears. */
  abandon(): void;
}

/** Opens an object for writing, as a stream: a day of any size needs little memory. */
export function stageRows(bucket: Bucket, object: string): StagedRows {
  const stream = bucket.file(object).createWriteStream({
    resumable: false,
    contentType: 'application/x-ndjson',
  });
  const done = finished(stream);
  // Awaited in close; until then a failure must not count as unhandled.
  done.catch(() => {});
  let count = 0;
  return {
    object,
    get count() {
      return count;
    },
    async add(row) {
      count++;
      if (!stream.write(`${JSON.stringify(row)}\n`))
        await Promise.race([once(stream, 'drain'), done]);
    },
    async close() {
      stream.end();
      await done;
    },
    abandon() {
      stream.destroy();
    },
  };
}
