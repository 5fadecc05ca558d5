import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The end of the name of a file that is still being written; a crash may leave one behind. */
export const TEMPORARY = '.tmp';

/**
 * Replaces a file so that a crash leaves the old bytes or the new ones, never a mixture: written
 * beside it, flushed to the disk, renamed over it. Folders are made as needed. Two writes of one
 * path must not overlap.
 */
export async function writeAtomically(path: string, bytes: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path + TEMPORARY, bytes, { flush: true });
  await rename(path + TEMPORARY, path);
}

/** The bytes of a file; undefined where there is none. */
export async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes a file, if it is there. */
export const removeFile = (path: string): Promise<void> => rm(path, { force: true });
