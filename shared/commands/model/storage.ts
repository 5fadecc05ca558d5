import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelFormatError } from '../../bridge/errors.ts';

/** Where a person's files are: on disk, or in Cloud Storage. */
export interface Files {
  /** Undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** A path beside another, on disk and in a bucket alike. */
export const beside = (path: string, name: string): string =>
  path.startsWith('gs://')
    ? path.slice(0, path.lastIndexOf('/') + 1) + name
    : join(dirname(path), name);

/** Reads `gs://bucket/object` with the official client, anything else from disk. */
export const files: Files = {
  async read(path) {
    const [, bucket, name] = /^gs:\/\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (bucket !== undefined && name !== undefined) return readObject(bucket, name);
    try {
      return await readFile(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      if (code !== 'EISDIR') throw error;
      throw new ModelFormatError(
        `${path} is a folder: name a file in it, of a BigQuery ML export model.bst.`,
        { cause: error },
      );
    }
  },
};

async function readObject(bucket: string, name: string): Promise<Uint8Array | undefined> {
  // The client takes a moment to load, and most models lie on disk.
  const { Storage } = await import('@google-cloud/storage');
  const { createObjects } = await import('../../google/objects.ts');
  return (await createObjects(new Storage().bucket(bucket)).read(name))?.bytes;
}
