import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder } from '../cloud/state/lock.ts';
import { UsageError } from './options.ts';

/** What a start puts into its folder. */
export const CONTENTS = {
  cloud: 'cloud',
  files: 'files.json',
  application: 'application.json',
  environment: 'environment',
} as const;

/**
 * Makes the folder of a start, or empties that of an earlier one.
 * @throws {UsageError} where it holds anything that no start put there: a slip must not cost a home
 * @throws {Error} naming the process that still uses it
 */
export async function emptyDirectory(directory: string): Promise<void> {
  const names = await makeAndList(directory);
  const own = new Set<string>(Object.values(CONTENTS));
  const foreign = names.find((name) => !own.has(name));
  if (foreign !== undefined) {
    throw new UsageError(
      `--directory ${directory} holds ${foreign}, which no start put there, and would be emptied: ` +
        'name a new folder.',
    );
  }
  const cloud = join(directory, CONTENTS.cloud);
  const unlock = await lockFolder(cloud);
  for (const name of names) await rm(join(directory, name), { recursive: true });
  await unlock();
}

async function makeAndList(directory: string): Promise<string[]> {
  try {
    await mkdir(directory, { recursive: true });
    return await readdir(directory);
  } catch (error) {
    throw new UsageError(`--directory ${directory} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
