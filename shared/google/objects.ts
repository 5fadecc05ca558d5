import type { Bucket } from '@google-cloud/storage';
import { conflict } from '../errors.ts';

/** An object's bytes and the generation that they are of. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly generation: number;
}

/** What the product needs of a Cloud Storage bucket; names are whole object names. */
export interface Objects {
  /** Undefined where there is no such object. */
  read(name: string): Promise<StoredObject | undefined>;
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
}

/** A bucket through the official client: checksums are verified both ways. */
export function createObjects(bucket: Bucket): Objects {
  return {
    async read(name) {
      const generation = await this.generation(name);
      if (generation === undefined) return undefined;
      // By generation, so that bytes and generation belong together whoever writes meanwhile.
      const [bytes] = await bucket.file(name, { generation }).download();
      return { bytes, generation };
    },
    async generation(name) {
      try {
        const [metadata] = await bucket.file(name).getMetadata();
        return Number(metadata.generation);
      } catch (error) {
        if ((error as { code?: unknown }).code === 404) return undefined;
        throw error;
      }
    },
    async write(name, bytes, contentType, over) {
      const file = bucket.file(name);
      try {
        await file.save(Buffer.from(bytes), {
          contentType,
          resumable: false,
          preconditionOpts: { ifGenerationMatch: over },
        });
      } catch (error) {
        if ((error as { code?: unknown }).code === 412) {
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
  };
}
