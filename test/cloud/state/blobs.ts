/** Bytes by id, in a folder or in memory: what objects and unfinished uploads hold. */
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { removeFile } from './atomic_file.ts';

/** A blob only grows, until it is removed. Ids are made of letters, digits, `-` and `_`. */
export interface Blobs {
  /**
   * Adds bytes at the end and answers the blob's size; makes the blob where there is none. When the
   * source fails, what came before stays, and the source's error is thrown. When it resolves, the
   * bytes survive a crash. Two calls on one blob must not overlap.
   */
  append(id: string, source: AsyncIterable<Uint8Array>): Promise<number>;
  /** Bytes in the blob; undefined where there is none. */
  size(id: string): Promise<number | undefined>;
  /**
   * The bytes from `start` to before `end`. The blob is open when this resolves: removing it then
   * takes nothing from the reader.
   */
  read(id: string, start?: number, end?: number): Promise<Readable>;
  /** No error where there is no such blob. */
  remove(id: string): Promise<void>;
  list(): Promise<string[]>;
}

/** Blobs that live as long as the process. */
export function memoryBlobs(): Blobs {
  const blobs = new Map<string, Buffer[]>();
  const sizeOf = (chunks: readonly Buffer[]) => chunks.reduce((sum, { length }) => sum + length, 0);
  return {
    append: async (id, source) => {
      const chunks = blobs.get(checked(id)) ?? [];
      blobs.set(id, chunks);
      for await (const chunk of source) chunks.push(Buffer.from(chunk));
      return sizeOf(chunks);
    },
    size: async (id) => {
      const chunks = blobs.get(id);
      return chunks && sizeOf(chunks);
    },
    read: async (id, start = 0, end = Number.POSITIVE_INFINITY) => {
      const chunks = blobs.get(id);
      if (chunks === undefined) throw new Error(`There is no blob ${id}.`);
      return Readable.from(slices([...chunks], start, end), { objectMode: false });
    },
    remove: async (id) => void blobs.delete(id),
    list: async () => [...blobs.keys()].sort(),
  };
}

function* slices(chunks: readonly Buffer[], start: number, end: number): Generator<Buffer> {
  let place = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(Math.max(start - place, 0), Math.max(end - place, 0));
    if (part.length > 0) yield part;
    place += chunk.length;
  }
}

/** Blobs in the files `<directory>/<id>`. */
export function fileBlobs(directory: string): Blobs {
  const fileOf = (id: string) => join(directory, checked(id));
  return {
    append: async (id, source) => {
      await mkdir(directory, { recursive: true });
      const file = await open(fileOf(id), 'a');
      try {
        for await (const chunk of source) await file.appendFile(chunk);
        await file.datasync();
        return (await file.stat()).size;
      } finally {
        await file.close();
      }
    },
    size: async (id) => {
      const found = await stat(fileOf(id)).catch(ignoreMissing);
      return found?.size;
    },
    read: async (id, start = 0, end = Number.POSITIVE_INFINITY) => {
      if (end <= start) return Readable.from([]);
      const file = await open(fileOf(id), 'r');
      return file.createReadStream({ start, end: end - 1, highWaterMark: 1 << 18 });
    },
    remove: async (id) => removeFile(fileOf(id)),
    list: async () => ((await readdir(directory).catch(ignoreMissing)) ?? []).sort(),
  };
}

/** All bytes of a blob. */
export async function blobBytes(blobs: Blobs, id: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await blobs.read(id)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Does the work that gives a blob an owner; when that fails, the blob is removed. */
export async function removedOnFailure<T>(
  blobs: Blobs,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await blobs.remove(id);
    throw error;
  }
}

function checked(id: string): string {
  if (!/^[\w-]+$/.test(id)) throw new TypeError(`${JSON.stringify(id)} can't be a blob's id.`);
  return id;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
