/** In processes of their own: V8 has one set of options a process. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** V8's key to what it compiles, by version and options, after three seconds of a function. */
async function keyAfterStart(environment: object): Promise<string> {
  const code = `
    import { mock } from 'node:test';
    import { cachedDataVersionTag } from 'node:v8';
    import { growLater } from './functions/score/heap.ts';
    mock.timers.enable({ apis: ['setTimeout'] });
    growLater(${JSON.stringify(environment)});
    mock.timers.tick(2999);
    const early = cachedDataVersionTag();
    mock.timers.tick(1);
    process.stdout.write(JSON.stringify([early, cachedDataVersionTag()]));`;
  return (await run(process.execPath, ['--input-type=module', '-e', code])).stdout;
}

async function keyUnder(...options: string[]): Promise<number> {
  const code = 'process.stdout.write(String(require("node:v8").cachedDataVersionTag()))';
  return Number((await run(process.execPath, [...options, '-e', code])).stdout);
}

describe('the heap of an instance', () => {
  it('may grow as with the option of Node, and only after its start', async () => {
    const keys = [await keyUnder(), await keyUnder('--heap-growing-percent=400')];
    assert.notEqual(keys[0], keys[1]);
    assert.equal(await keyAfterStart({ K_SERVICE: 'score' }), JSON.stringify(keys));
  });

  it('stays as it is where no service runs: what a rehearsal compiled would fit none', async () => {
    const key = await keyUnder();
    assert.equal(await keyAfterStart({}), JSON.stringify([key, key]));
  });
});
