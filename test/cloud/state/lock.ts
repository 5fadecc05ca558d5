import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile } from './atomic_file.ts';

/**
 * Takes a folder for this process, so that no other one writes its state there too, and answers how
 * to give it back. The lock of a process that died is taken over.
 *
 * @throws {Error} naming the folder and the process that has it
 */
export async function lockFolder(directory: string): Promise<() => Promise<void>> {
  const file = join(directory, 'lock');
  await mkdir(directory, { recursive: true });
  while (!(await claim(file))) {
    const owner = (await readFile(file, 'utf8').catch(() => '')).trim();
    if (isAlive(Number(owner))) {
      const remedy = `Stop it, choose another folder, or remove ${file} if that process is another.`;
      throw new Error(`${directory} is used by process ${owner}. ${remedy}`);
    }
    await removeFile(file);
  }
  return () => removeFile(file);
}

async function claim(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
