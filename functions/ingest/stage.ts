import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';

/** What is staged of one day. */
export interface StagedDay {
  readonly count: number;
  /** SHA-256 of its rows. */
  readonly digest: string;
}

/** Rows on their way into an object of newline-delimited JSON. */
export interface StagedRows {
  readonly object: string;
  readonly count: number;
  /** Adds a row of a day, with its place among those of the day as `_position`. */
  add(day: string, row: object): void;
  /** To be awaited now and then: returns when there is room for more. */
  room(): Promise<void>;
  /** The object exists only once this has returned. Answers what is in it, by day. */
  close(): Promise<ReadonlyMap<string, StagedDay>>;
  /** Gives up: no object appears. */
  abandon(): void;
}

/** Rows go out in pieces of about this size: one by one they would cost a system call each. */
const CHUNK_CHARACTERS = 256 * 1024;

interface OpenDay {
  count: number;
  readonly hash: Hash;
}

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
  const days = new Map<string, OpenDay>();
  let current = '';
  let open: OpenDay = { count: 0, hash: createHash('sha256') };
  let count = 0;
  let waiting = '';
  let drained: Promise<unknown> | undefined;
  const send = () => {
    if (waiting === '') return;
    open.hash.update(waiting);
    if (!stream.write(waiting)) drained ??= quietly(Promise.race([once(stream, 'drain'), done]));
    waiting = '';
  };
  const turnTo = (day: string) => {
    send();
    current = day;
    open = days.get(day) ?? { count: 0, hash: createHash('sha256') };
    days.set(day, open);
  };
  return {
    object,
    get count() {
      return count;
    },
    add(day, row) {
      if (day !== current) turnTo(day);
      count++;
      // The place is written into the row's own text: a copy of the row would cost more.
      waiting += `${JSON.stringify(row).slice(0, -1)},"_position":${open.count++}}\n`;
      if (waiting.length >= CHUNK_CHARACTERS) send();
    },
    async room() {
      await drained;
      drained = undefined;
    },
    async close() {
      send();
      stream.end();
      await done;
      const staged = ([day, one]: [string, OpenDay]) =>
        [day, { count: one.count, digest: one.hash.digest('hex') }] as const;
      return new Map([...days].map(staged));
    },
    abandon() {
      stream.destroy();
    },
  };
}
