/** What onnxruntime does beside scoring, in a process whose home and way out are ours. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { logisticToOnnx } from '../../../shared/bridge/onnx/linear.ts';

/** Makes a session and stays, so that whatever goes on beside it has its time. */
const RUN = `
  const [module, model] = process.argv.slice(1);
  const { InferenceSession } = await import(module);
  const session = await InferenceSession.create(model);
  process.stdout.write(session.inputNames.join());
  setInterval(() => session, 1000);`;

interface Watched {
  /** Resolves when the process asks the only proxy that it has for a way out, with what it says. */
  readonly asked: Promise<string>;
  /** All that it wrote to its home, cache and temporary directory. */
  written(): Promise<string[]>;
}

describe('onnxruntime', function () {
  this.timeout(90_000);
  const undo: (() => unknown)[] = [];
  let directory: string;

  before(async function () {
    // Windows traces instead, and macOS has no proxy by environment.
    if (process.platform !== 'linux') this.skip();
    directory = await mkdtemp(join(tmpdir(), 'flit-onnxruntime-'));
    undo.push(() => rm(directory, { recursive: true }));
    const model = { intercept: 0.5, weights: Float64Array.of(1, -1) };
    const graph = logisticToOnnx(model, { slope: 1, intercept: 0 }, {});
    await writeFile(join(directory, 'model.onnx'), graph);
    await writeFile(join(directory, 'authorities.pem'), rootCertificates.join('\n'));
  });
  after(async () => {
    while (undo.length > 0) await undo.pop()!();
  });

  /** A process with a session of the module's. */
  async function watched(name: string, module: string): Promise<Watched> {
    const home = join(directory, name);
    await mkdir(home);
    const { promise: asked, resolve } = Promise.withResolvers<string>();
    const proxy = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
        resolve(bytes.toString());
      });
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    undo.push(() => proxy.close());
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const args = ['--input-type=module', '--eval', RUN, module, join(directory, 'model.onnx')];
    const child = spawn(process.execPath, args, {
      env: {
        HOME: home,
        TMPDIR: home,
        SSL_CERT_FILE: join(directory, 'authorities.pem'),
        https_proxy: url,
        http_proxy: url,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    undo.push(() => {
      child.kill('SIGKILL');
      return gone;
    });
    const [output] = await Promise.race([once(child.stdout, 'data'), gone]);
    assert.equal(String(output), 'features');
    return { asked, written: () => readdir(home, { recursive: true }) };
  }

  it('calls nobody and leaves nothing behind, where the library by itself does both', async () => {
    const [itself, ours] = await Promise.all([
      watched('itself', 'onnxruntime-node'),
      watched('ours', './shared/scorer/onnxruntime.ts'),
    ]);
    const silent = Promise.resolve('nothing');
    assert.match(await itself.asked, /^CONNECT \S+\.microsoft\.com:443 /);
    assert.equal(await Promise.race([ours.asked, silent]), 'nothing');
    assert.ok((await itself.written()).some((file) => file.endsWith('deviceid')));
    assert.deepEqual(await ours.written(), []);
  });
});
