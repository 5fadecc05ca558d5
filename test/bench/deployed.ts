import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Makes `score` what Cloud Build leaves of it. @returns its folder, in the one given */
export async function deployScore(folder: string): Promise<string> {
  await run(process.execPath, ['functions/build.ts']);
  const own = join(folder, 'score');
  await cp('build/score', own, { recursive: true });
  await run('npm', ['ci', '--offline'], { cwd: own });
  await run('npm', ['run', 'gcp-build'], { cwd: own });
  return own;
}
