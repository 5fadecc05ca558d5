import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from './lock.ts';

describe('the lock of a folder', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lock-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is had by one at a time', async () => {
    const folder = join(directory, 'not-made-yet');
    const unlock = await lockFolder(folder);
    assert.equal(Number(await readFile(join(folder, 'lock'), 'utf8')), process.pid);
    const message = new RegExp(`not-made-yet is used by process ${process.pid}\\.`);
    await assert.rejects(lockFolder(folder), message);
    await unlock();
    await (await lockFolder(folder))();
  });

  it('is taken over from a process that died, or wrote nonsense', async () => {
    const { pid } = spawnSync('true');
    for (const text of [String(pid), '', 'nonsense']) {
      await writeFile(join(directory, 'lock'), text);
      await (await lockFolder(directory))();
    }
  });
});
