import type { Bucket, File, FileMetadata } from '@google-cloud/storage';
import { conflict } from '../errors.ts';
import { download } from './download.ts';

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
  /**
   * Writes an object that is never changed, retained from the first moment.
   * @throws {AppError} conflict where there is one of that name
   */
  create(name: string, bytes: Uint8Array, contentType: string): Promise<void>;
  /** Retains an object that there is, unless it is retained already. */
  retain(name: string): Promise<void>;
  /** Writes whatever there is: for evidence that a repeated run makes again. */
  replace(name: string, bytes: Uint8Array, contentType: string): Promise<void>;
  list(prefix: string): Promise<string[]>;
  /** All generations of an object that the bucket still has, oldest first. */
  history(name: string): Promise<ObjectGeneration[]>;
}

/** How long what is never changed can't be deleted either, from when it is written. */
export interface Retention {
  /** 0 retains nothing, as a bucket without object retention demands. */
  readonly days: number;
  readonly now: () => Date;
}

const DAY_MS = 86_400_000;

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

const lockOf = ({ days, now }: Retention): NonNullable<FileMetadata['retention']> => ({
  mode: 'Unlocked',
  retainUntilTime: new Date(now().getTime() + days * DAY_MS).toISOString(),
});

async function save(
  bucket: Bucket,
  name: string,
  bytes: Uint8Array,
  metadata: FileMetadata,
  over: number,
): Promise<number> {
  const file = bucket.file(name);
  try {
    await file.save(Buffer.from(bytes), {
      metadata,
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
}

/** Never makes a retention shorter: that would be refused. */
async function retainUnlessRetained(file: File, retention: Retention): Promise<void> {
  const [found] = await file.getMetadata();
  if (found.retention) return;
  const options = { ifMetagenerationMatch: Number(found.metageneration) };
  try {
    await file.setMetadata({ retention: lockOf(retention) }, options);
  } catch (error) {
    if (!isCode(error, 412)) throw error;
    // Somebody else has changed it meanwhile, most likely to retain it.
    await retainUnlessRetained(file, retention);
  }
}

/**
 * A bucket through the official client: checksums are verified both ways.
 *
 * Retention is Cloud Storage's Object Retention Lock, unlocked: whoever may set it may make it longer,
 * and nobody shorter without the permission to override it.
 */
export function createObjects(bucket: Bucket, asked?: Retention): Objects {
  const retention = asked?.days ? asked : undefined;
  return {
    async read(name, wanted) {
      const version = wanted === undefined ? {} : { generation: wanted };
      try {
        return await download(bucket.file(name, version));
      } catch (error) {
        if (isCode(error, 404)) return undefined;
        throw error;
      }
    },
    generation: (name) => generationOf(bucket, name),
    write: (name, bytes, contentType, over) => save(bucket, name, bytes, { contentType }, over),
    async create(name, bytes, contentType) {
      const metadata = { contentType, ...(retention && { retention: lockOf(retention) }) };
      await save(bucket, name, bytes, metadata, 0);
    },
    async retain(name) {
      if (retention) await retainUnlessRetained(bucket.file(name), retention);
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
