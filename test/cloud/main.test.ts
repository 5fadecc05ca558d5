import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, 'main.ts');

/** Runs it, and signals it once it is ready. */
async function run(args: readonly string[], signal?: NodeJS.Signals) {
  const child = spawn(process.execPath, [MAIN, ...args]);
  const said = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.output += text;
    if (signal !== undefined && said.output.includes('# ready')) child.kill(signal);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.errors += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...said };
}

describe('the local cloud’s command line', function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloud-main-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('prints the environment of the clients, serves, and stops on a signal with exit code 0', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { code, output, errors } = await run(
        ['--project', 'a-project', '--directory', folder],
        signal,
      );
      assert.equal(code, 0, errors);
      assert.match(output, /^export GOOGLE_CLOUD_PROJECT=a-project$/m);
      for (const name of ['BIGQUERY', 'STORAGE', 'PUBSUB', 'CLOUD_SCHEDULER']) {
        assert.match(output, new RegExp(`^export ${name}_EMULATOR_HOST=\\S+:\\d+$`, 'm'));
      }
      assert.equal(errors, `${signal}: stopping\n`);
      assert.ok(!(await readdir(folder)).includes('lock'));
    }
  });

  it('tells its options', async () => {
    const { code, output } = await run(['--help']);
    assert.equal(code, 0);
    for (const option of ['--project', '--directory', '--port', '--pubsub-port', '--threads'])
      assert.ok(output.includes(option));
  });

  it('ends with exit code 1 and one line that says why where it cannot start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    for (const [args, message] of [
      [['--frobnicate'], /^The local Google Cloud failed: Unknown option '--frobnicate'/],
      [['--port', '99999'], /--port must be 0 to 65535, not 99999\./],
      [['--port', ''], /--port must be 0 to 65535/],
      [['--threads', '0'], /--threads must be 1 to 999, not 0\./],
      [['--pubsub-port', 'x'], /--pubsub-port must be 0 to 65535, not x\./],
      [['--port', String(port)], new RegExp(`failed: .*${port}`)],
    ] as const) {
      const { code, errors } = await run(args);
      assert.equal(code, 1, errors);
      assert.match(errors, message);
      assert.doesNotMatch(errors, /^ {4}at /m, 'a stack trace');
    }
    taken.close();
  });
});
