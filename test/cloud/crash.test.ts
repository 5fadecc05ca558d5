import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startCloud } from './cloud.ts';

const ROUNDS = 4;
const CALM_WRITES = 5;
/** Past one piece of a stream, so that a write is many. */
const SIZE = 300_000;

describe('the local Google Cloud, killed in the middle', function () {
  this.timeout(60_000);
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'crash-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  /** The command line's process and where it serves. */
  const launch = async () => {
    const main = join(import.meta.dirname, 'main.ts');
    const child = spawn(process.execPath, [main, '--project', 'p', '--directory', directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const [, origin] = /^export STORAGE_EMULATOR_HOST=(.*)$/.exec(line) ?? [];
      if (origin !== undefined) return { child, origin };
    }
    throw new Error('it ended without saying where it is');
  };
  const put = (origin: string, version: number) =>
    fetch(`${origin}/upload/storage/v1/b/bucket/o?uploadType=media&name=x`, {
      method: 'POST',
      body: Buffer.alloc(SIZE, version),
    });

  it('has after each crash the last object that it acknowledged, or the next, whole', async () => {
    let version = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const { child, origin } = await launch();
      if (round === 0) {
        const made = await fetch(`${origin}/storage/v1/b?project=p`, {
          method: 'POST',
          body: '{"name":"bucket"}',
        });
        assert.equal(made.status, 200);
      }
      const dead = once(child, 'exit');
      let acknowledged = version;
      for (let write = 0; write <= CALM_WRITES; write++) {
        version += 1;
        const answer = put(origin, version);
        // At another moment of the last write each time.
        if (write === CALM_WRITES) setTimeout(() => child.kill('SIGKILL'), 2 * round);
        const response = await answer.catch(() => undefined);
        if (response?.status === 200) acknowledged = version;
      }
      await dead;
      assert.ok(acknowledged >= version - 1);

      const cloud = await startCloud({ projectId: 'p', directory });
      const object = await fetch(`${cloud.origin}/storage/v1/b/bucket/o/x?alt=media`);
      const bytes = Buffer.from(await object.arrayBuffer());
      const found = bytes[0] ?? -1;
      assert.ok(
        found >= acknowledged && found <= version,
        `${found} of ${acknowledged}, ${version}`,
      );
      assert.deepEqual(bytes, Buffer.alloc(SIZE, found));
      assert.equal((await readdir(join(directory, 'storage', 'blobs'))).length, 1);
      await cloud.stop();
    }
  });
});
