import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Bucket } from '@google-cloud/storage';
import { conflict } from '../errors.ts';

/** An object's bytes and the generation that they are of. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly generation: number;
}

/** One of the generations that a bucket with versions has of an object. */
export interface ObjectGeneration {
  readonly generation: number;
  readonly createdAt: Date;
}

/** What the product needs of a Cloud Storage bucket; names are whole object names. */
export interface Objects {
  /**
   * Undefined where there is no such object.
   * @param generation an older one, where the bucket keeps them; the current one if undefined
   */
  read(name: string, generation?: number): Promise<StoredObject | undefined>;
  /** The current generation, without the bytes; undefined where there is no such object. */
  generation(name: string): Promise<number | undefined>;
  /**
   * Writes an object only over the given generation; 0 means that there must be none.
   * @returns the new generation
   * @throws {AppError} conflict when another writer was first
   */
  write(name: string, bytes: Uint8Array, contentType: string, over: number): Promise<number>;
  /** Writes whatever there is: for evidence that a repeated run makes again. */
  replace(name: string, bytes: Uint8Array, contentType: string): Promise<void>;
  list(prefix: string): Promise<string[]>;
  /** All generations of an object that the bucket still has, oldest first. */
  history(name: string): Promise<ObjectGeneration[]>;
}

const isCode = (error: unknown, code: number): boolean =>
  (error as { code?: unknown }).code === code;

async function generationOf(bucket: Bucket, name: string): Promise<number | undefined> {
  try {
    const [metadata] = await bucket.file(name).getMetadata();
    return Number(metadata.generation);
  } catch (error) {
    if (isCode(error, 404)) return undefined;
    throw error;
  }
}

/** A bucket through the official client: checksums are verified both ways. */
export function createObjects(bucket: Bucket): Objects {
  return {
    async read(name, wanted) {
      // Bytes and generation out of one answer belong together, whoever writes meanwhile.
      let generation = Number.NaN;
      const version = wanted === undefined ? {} : { generation: wanted };
      const stream = bucket.file(name, version).createReadStream();
      stream.once('response', ({ headers }: IncomingMessage) => {
        generation = Number(headers['x-goog-generation']);
      });
      try {
        return { bytes: await buffer(stream), generation };
      } catch (error) {
        if (isCode(error, 404)) return undefined;
        throw error;
      }
    },
    generation: (name) => generationOf(bucket, name),
    async write(name, bytes, contentType, over) {
      const file = bucket.file(name);
      try {
        await file.save(Buffer.from(bytes), {
          contentType,
          resumable: false,
          preconditionOpts: { ifGenerationMatch: over },
        });
      } catch (error) {
        if (isCode(error, 412)) {
          throw conflict(`Another writer changed gs://${bucket.name}/${name} first.`, error);
        }
        throw error;
      }
      return Number(file.metadata.generation);
    },
    async replace(name, bytes, contentType) {
      await bucket.file(name).save(Buffer.from(bytes), { contentType, resumable: false });
    },
    async list(prefix) {
      const [files] = await bucket.getFiles({ prefix });
      return files.map(({ name }) => name).sort();
    },
    async history(name) {
      const [files] = await bucket.getFiles({ prefix: name, versions: true });
      return files
        .filter((file) => file.name === name)
        .map(({ metadata }) => ({
          generation: Number(metadata.generation),
          createdAt: new Date(metadata.timeCreated!),
        }))
        .sort((a, b) => a.generation - b.generation);
    },
  };
}
