import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from '../cloud/state/lock.ts';
import { emptyDirectory } from './directory.ts';
import { UsageError } from './options.ts';

describe('the folder of a start', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'start-folder-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const files = async (directory: string) => (await readdir(directory, { recursive: true })).sort();

  async function earlierStart(directory: string): Promise<void> {
    await mkdir(join(directory, 'cloud', 'bigquery'), { recursive: true });
    await writeFile(join(directory, 'cloud', 'bigquery', 'data'), 'rows');
    await writeFile(join(directory, 'files.json'), '[]');
    await writeFile(join(directory, 'application.json'), '{}');
  }

  it('is made where there is none, with all above it', async () => {
    const directory = join(folder, 'a', 'b');
    await emptyDirectory(directory);
    assert.deepEqual(await files(directory), ['cloud']);
  });

  it('loses what an earlier start left', async () => {
    await earlierStart(folder);
    await emptyDirectory(folder);
    assert.deepEqual(await files(folder), []);
  });

  it('keeps everything where it holds what no start put there', async () => {
    await earlierStart(folder);
    await writeFile(join(folder, '.bashrc'), 'alias ll=ls');
    const before = await files(folder);
    await assert.rejects(emptyDirectory(folder), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(
        error.message,
        /holds \.bashrc, which no start put there.*: name a new folder\.$/,
      );
      return true;
    });
    assert.deepEqual(await files(folder), before);
  });

  it('keeps everything while a cloud runs in it', async () => {
    await earlierStart(folder);
    const unlock = await lockFolder(join(folder, 'cloud'));
    const before = await files(folder);
    await assert.rejects(emptyDirectory(folder), /cloud is used by process \d+\. Stop it/);
    assert.deepEqual(await files(folder), before);
    await unlock();
    await emptyDirectory(folder);
    assert.deepEqual(await files(folder), []);
  });

  it('is refused by name where it is a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await assert.rejects(
      emptyDirectory(file),
      /^UsageError: --directory .*file cannot be used: EEXIST/,
    );
  });
});
