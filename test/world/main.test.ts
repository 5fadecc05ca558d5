import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, 'main.ts');

const start = (...args: string[]) => spawn(process.execPath, [MAIN, ...args]);

/** Exit code and what went to standard error. */
async function run(...args: string[]): Promise<{ code: number; errors: string }> {
  const child = start(...args);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, errors };
}

describe('the world’s command line', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'world-main-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('says where it listens, serves, and stops on a signal with exit code 0', async () => {
    await writeFile(join(folder, 'loans.csv'), 'id,a,b\n1,2,3\n');
    const files = join(folder, 'files.json');
    const loans = {
      name: 'loans',
      file: join(folder, 'loans.csv'),
      key: 'id',
      application_fields: ['a'],
      outcome_fields: ['b'],
      period: { start: '2026-01-01', end: '2026-01-01' },
      outcome_delay_days: 30,
    };
    await writeFile(files, JSON.stringify([loans]));
    const child = start('--port', '0', '--files', files);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    const health = (await (await fetch(`${url}/`)).json()) as { generators_available: number };
    assert.equal(health.generators_available, 6);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'close'), [0, null]);
  });

  it('ends with exit code 1 and says why where it can’t start', async () => {
    const bad = join(folder, 'bad.json');
    await writeFile(bad, '[{"name":"loans"}]');
    for (const [args, message] of [
      [['--port', '70000'], /--port must be 0 to 65535, not 70000/],
      [['--speed', '3'], /--speed/],
      [['--files', join(folder, 'absent.json')], /absent\.json/],
      [['--files', bad], /bad\.json:[\s\S]*application_fields/],
    ] as const) {
      const { code, errors } = await run(...args);
      assert.equal(code, 1);
      assert.match(errors, message);
    }
  });
});
