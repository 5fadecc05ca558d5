/** `npm run build`: what is deployed is a folder that needs nothing of the repository around it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { startFunction } from '../start/services.ts';
import { useLender } from './support/lender.ts';
import { scoreOnPaper } from './support/paper.ts';
import { loanRows, requestOf } from './support/rows.ts';
import { eventually } from './support/score.ts';
import { post } from './support/serve.ts';
import { deploy, storeVersion } from './support/versions.ts';

const VERSION = 'v20260601_000000';
/** Functions that answer nobody who waits. */
const OTHERS = readdirSync('functions', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'score')
  .map(({ name }) => name);
const run = promisify(execFile);

/** Builds a copy of the sources. @returns the folder of folders */
async function build(directory: string): Promise<string> {
  for (const name of ['functions', 'shared', 'sql', 'package.json']) {
    await cp(name, join(directory, name), { recursive: true });
  }
  await symlink(resolve('node_modules'), join(directory, 'node_modules'));
  await run(process.execPath, ['functions/build.ts'], { cwd: directory });
  // From here on only what a function's own folder holds can be found.
  await rm(join(directory, 'node_modules'));
  return join(directory, 'build');
}

/** The files that Terraform puts into a function's zip, by name. */
async function zipped(folder: string): Promise<Map<string, Buffer>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = names
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
    .map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(paths.map((path) => readFile(path)));
  return new Map(paths.map((path, i) => [path.slice(folder.length + 1), contents[i]!]));
}

describe('a built function', function () {
  this.timeout(60_000);
  const lender = useLender();
  let directory: string;
  let built: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'flit-build-'));
    built = await build(directory);
  });
  after(() => rm(directory, { recursive: true }));

  /** Does with a function's zip what Google's buildpack for Node does. */
  async function installed(name: string): Promise<string> {
    const folder = join(directory, 'workspace', name);
    for (const file of await readdir(join(built, name), { recursive: true, withFileTypes: true })) {
      if (file.isFile()) await chmod(join(file.parentPath, file.name), 0o644);
    }
    await cp(join(built, name), folder, { recursive: true });
    const options = { cwd: folder };
    await run('npm', ['ci', '--offline', '--cache', join(directory, 'npm')], options);
    await run('npm', ['run', 'gcp-build'], options);
    return folder;
  }

  it('decides as the sources do, and publishes what it decided', async function () {
    // It holds the onnxruntime of Google's machines.
    if (`${process.platform}/${process.arch}` !== 'linux/x64') this.skip();
    const champion = await storeVersion(lender.objects, lender.portfolio, VERSION);
    await deploy(lender.objects, 'loans', { champion });
    const home = await mkdtemp(join(directory, 'home-'));
    const own = { HOME: home, TMPDIR: home, NODE_ENV: 'production' };
    const environment = { ...lender.environment, ...own };
    const log: Record<string, unknown>[] = [];
    const onLog = (entry: Record<string, unknown>) => log.push(entry);
    const options = { built: await installed('score'), onLog };
    const service = await startFunction('score', environment, options);
    try {
      const request = requestOf(loanRows(1, 3).applications[0]!);
      const { status, body } = await post(`${service.url}/v1/loans/decisions`, request);
      assert.equal(status, 200);
      assert.equal(body.model_version, VERSION);
      assert.ok(Math.abs(body.probability_of_default - scoreOnPaper(request).pd) < 1e-6);
      // An event that cannot be published is said, and so is an onnxruntime that cannot be used.
      const said = () => log.map(({ message }) => message);
      await eventually(async () => said()[1]);
      const again = await post(`${service.url}/v1/loans/decisions`, request);
      assert.ok(Math.abs(again.body.probability_of_default - body.probability_of_default) < 1e-6);
      // What is loaded late is in the folder too.
      assert.equal((await post(`${service.url}/v1/loans/explanations`, request)).status, 200);
      const key = { 'idempotency-key': 'once' };
      const first = await post(`${service.url}/v1/loans/decisions`, request, key);
      const second = await post(`${service.url}/v1/loans/decisions`, request, key);
      assert.deepEqual(second.body, first.body);
      assert.equal(second.headers.get('idempotent-replayed'), 'true');
      for (const path of ['/v1/loans/model', '/openapi.json', '/readyz']) {
        assert.equal((await fetch(service.url + path)).status, 200, path);
      }
      assert.deepEqual(said(), ['now serving', 'onnxruntime scores from now on']);
      // As onnxruntime's telemetry would.
      assert.deepEqual(await readdir(home), []);
    } finally {
      await service.stop();
    }
  });

  for (const name of OTHERS) {
    it(`starts as ${name}, and refuses what is no request of its own`, async () => {
      const environment = {
        ...lender.environment,
        SOURCE_URL: 'http://127.0.0.1:1',
        NOTIFY_TARGETS: '[]',
        NODE_ENV: 'production',
      };
      const service = await startFunction(name, environment, { built: await installed(name) });
      try {
        const { status, body } = await post(service.url, '{');
        assert.equal(status, 400);
        assert.match(body.detail, /not JSON/);
      } finally {
        await service.stop();
      }
    });
  }

  it('is no larger than 25 MB as a zip, with onnxruntime', async () => {
    const files = await zipped(join(built, 'score'));
    assert.ok(files.has('onnxruntime/onnxruntime_binding.node'));
    let bytes = 0;
    for (const content of files.values()) {
      bytes += (await promisify(deflateRaw)(content)).length;
    }
    assert.ok(bytes < 25e6, `${bytes} bytes`);
  });

  it('is the same zip again out of the same sources', async () => {
    const hashes = async (folder: string) =>
      [...(await zipped(folder))].map(([name, content]) => [
        name,
        createHash('sha256').update(content).digest('hex'),
      ]);
    const again = await mkdtemp(join(tmpdir(), 'flit-build-'));
    try {
      const second = join(await build(again), 'score');
      assert.deepEqual(await hashes(second), await hashes(join(built, 'score')));
    } finally {
      await rm(again, { recursive: true });
    }
  });

  it('is rehearsed with the options of Node that it is started with', async () => {
    for (const name of [...OTHERS, 'score']) {
      const text = (file: string) => readFile(join(built, name, file), 'utf8');
      const launcher = await text('functions-framework/main.cjs');
      const { scripts } = JSON.parse(await text('package.json'));
      const options = (line: string): readonly string[] => line.match(/ --[a-z]\S+/g) ?? [];
      const [started] = launcher.split('\n', 1);
      assert.deepEqual(options(scripts['gcp-build']), options(started!), name);
      assert.equal(options(started!).length > 0, name === 'score');
    }
  });

  it('takes what V8 compiled in the rehearsal, and compiles anew where that does not fit', async () => {
    const folder = await installed('score');
    const rejected = async () => {
      const code = `
        require('./functions-framework/index.cjs');
        const { script } = require.cache[require.resolve('./functions-framework/index.cjs')];
        process.stdout.write(String(script.cachedDataRejected));`;
      // With the flags that the launcher runs Node with, and Google's buildpack.
      const launcher = await readFile(join(folder, 'functions-framework/main.cjs'), 'utf8');
      const flags = launcher.match(/--\S+/g)!;
      const { stdout } = await run(
        process.execPath,
        [...flags, '--max-old-space-size=448', '--eval', code],
        { cwd: folder },
      );
      return stdout;
    };
    assert.equal(await rejected(), 'false');
    const cache = join(folder, 'functions-framework/code.cache');
    await writeFile(cache, (await readFile(cache)).fill(0xff, 0, 16));
    assert.equal(await rejected(), 'true');
  });

  it('is not deployed when it cannot start', async () => {
    const folder = await installed('ingest');
    const code = join(folder, 'code.js');
    await writeFile(code, 'throw new Error("broken");');
    await rm(join(folder, 'code.cache'));
    await assert.rejects(run('npm', ['run', 'gcp-build'], { cwd: folder }), /broken/);
  });

  it('passes over a portfolio that no decision can be made up for, and says so', async () => {
    const folder = await installed('score');
    const file = join(folder, 'sql/bnpl/policy.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(/"review_from": [\d.]+/g, '"review_from": 1e-9'));
    const { stderr } = await run('npm', ['run', 'gcp-build'], { cwd: folder });
    assert.match(stderr, /No decision on bnpl is rehearsed: .*approves none of its background/);
  });

  it('is not deployed when it starts and its models cannot decide', async () => {
    const folder = await installed('score');
    const code = join(folder, 'code.js');
    const text = await readFile(code, 'latin1');
    await writeFile(code, text.replaceAll('"manifest.json"', '"manifest.jsom"'), 'latin1');
    await rm(join(folder, 'code.cache'));
    const rehearsal = run('npm', ['run', 'gcp-build'], { cwd: folder });
    await assert.rejects(rehearsal, /No model decided: .*"model_version":null/);
  });
});
