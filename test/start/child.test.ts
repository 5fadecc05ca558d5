import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Child, ChildError, type ChildOptions, losses, startChild } from './child.ts';
import { freePort } from './ports.ts';

/** A process that runs a line of JavaScript. */
const node = (script: string, more: Partial<ChildOptions> = {}) =>
  startChild({
    name: 'the test service',
    command: process.execPath,
    args: ['-e', script],
    environment: process.env,
    ready: (line) => line === 'ready',
    ...more,
  });

const FOREVER = 'setInterval(() => {}, 1000);';

const fails = (started: Promise<Child>, message: RegExp | string) =>
  assert.rejects(started, (error) => {
    assert.ok(error instanceof ChildError);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });

describe('a process of a start', () => {
  it('serves when a line says so, shows every line, and ends when it is asked to', async () => {
    const lines: string[] = [];
    const script = `process.on('SIGTERM', () => { console.log('bye'); process.exit(); }); console.log('one'); console.log('ready'); ${FOREVER}`;
    const child = await node(script, { onLine: (line) => lines.push(line) });
    await child.stop();
    assert.deepEqual(lines, ['one', 'ready', 'bye']);
    await child.stop();
  });

  it('serves when its port answers', async () => {
    const port = await freePort();
    const script = `setTimeout(() => require('node:net').createServer().listen(${port}), 100)`;
    const child = await node(script, { ready: { port } });
    await child.stop();
  });

  it('is ended where it does not listen to being asked', async () => {
    const deaf = `process.on('SIGTERM', () => {}); console.log('ready'); ${FOREVER}`;
    const child = await node(deaf, { patienceMs: 50 });
    await child.stop();
  });

  it('ends in order when the start is gone, though nobody reads what it says', async () => {
    const inOrder =
      "const end = () => { console.error('stopped'); setTimeout(() => process.exit(7), 50); };" +
      "process.on('SIGTERM', () => { process.stderr.write('stopping'); setTimeout(end, 5); });";
    const guard = import.meta.resolve('./end_with_parent.ts');
    const child = spawn(
      process.execPath,
      ['--import', guard, '-e', `${inOrder} console.log('ready'); ${FOREVER}`],
      { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    );
    await once(child.stdout!, 'data');
    for (const output of [child.stdout!, child.stderr!]) output.destroy();
    child.disconnect();
    assert.deepEqual(await once(child, 'exit'), [7, null]);
  });

  it('fails with its last words, of both outputs, where it ends before it serves', async () => {
    const chatter = "for (let i = 0; i < 50; i++) console.error('line ' + i);";
    await fails(
      node(`${chatter} process.exitCode = 3`),
      `the test service ended with exit code 3. Its last words:\n${Array.from({ length: 12 }, (_, i) => `line ${i + 38}`).join('\n')}`,
    );
    await fails(
      node('0', { ready: { port: await freePort() } }),
      'the test service ended with exit code 0.',
    );
  });

  it('tells a function’s log as people read it', async () => {
    const entry = {
      severity: 'ERROR',
      message: 'bad environment',
      stack_trace: 'Error: no bucket',
    };
    const script = `console.log(${JSON.stringify(JSON.stringify(entry))}); console.log('{'); process.exit(1)`;
    await fails(
      node(script),
      'the test service ended with exit code 1. Its last words:\nERROR: bad environment\nError: no bucket\n{',
    );
  });

  it('fails where there is no such program', async () => {
    await fails(
      node('', { command: '/nowhere/program', ready: { port: 1 } }),
      'the test service could not be started: spawn /nowhere/program ENOENT',
    );
  });

  it('is told lost when it ends unasked, and only then', async () => {
    const heard: string[] = [];
    const listener = (error: ChildError) => heard.push(error.message);
    losses.on('loss', listener);
    const asked = await node(`console.log('ready'); ${FOREVER}`);
    await asked.stop();
    assert.deepEqual(heard, []);
    const loss = once(losses, 'loss');
    await node("console.log('ready'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50)");
    await loss;
    losses.off('loss', listener);
    assert.deepEqual(heard, [
      'the test service ended by SIGKILL. If the machine ran out of memory, a smaller --volume needs less. Its last words:\nready',
    ]);
  });
});
