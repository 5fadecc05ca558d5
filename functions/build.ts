/** `npm run build`: one folder a function under build/, ready to be zipped and deployed. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bundle } from '../shared/packaging/bundle.ts';
import { writeCode } from '../shared/packaging/code.ts';
import { type Vendored, vendorFramework } from '../shared/packaging/framework.ts';
import { lazyRequires } from '../shared/packaging/lazy.ts';
import {
  FRAMEWORK_FOLDER,
  ipv6ByColon,
  nativeOnnxruntime,
  nodesBlob,
  ONNXRUNTIME_FOLDER,
  outsideFramework,
  trimmedProtos,
} from '../shared/packaging/plugins.ts';

const SOURCE = 'functions';
const TARGET = 'build';
/** What functions run on: Google's machines. */
const PLATFORM = 'linux/x64';

/** Functions that somebody waits for, while they start and ever after. */
const AWAITED = new Set(['score']);

/**
 * How Node runs these. Young objects have all their room from the start, which makes many that stay:
 * copying them from one small space to the next took a tenth of it. It is no more room, for what V8
 * copies out of it at a time is a pause of all requests: each call over HTTP/2 outlives one collection.
 * By itself V8 would shrink the heap as soon as nobody asks, and then let it grow so slowly that a full
 * collection came twice a second. A thread that marks beside the requests (V8's pool, 0: as many as there
 * are cores, in place of four) takes their one core from them for milliseconds on end.
 *
 * Options that are part of V8's key to what it has compiled make Node compile its own modules again at
 * every start, a tenth of that: functions/score/heap.ts sets one when it serves.
 */
const AWAITED_OPTIONS = [
  '--min-semi-space-size=8',
  '--max-semi-space-size=8',
  '--no-memory-reducer',
  '--no-concurrent-marking',
  '--v8-pool-size=0',
];

const { engines } = JSON.parse(await readFile('package.json', 'utf8'));

async function buildFunction(name: string): Promise<void> {
  const folder = join(TARGET, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const isAwaited = AWAITED.has(name);
  const { inputs } = await writeCode(join(SOURCE, name, 'index.ts'), folder, {
    plugins: [
      outsideFramework,
      trimmedProtos,
      nativeOnnxruntime,
      ...(isAwaited ? [nodesBlob, ipv6ByColon, lazyRequires] : []),
    ],
  });
  const nodeOptions = isAwaited ? AWAITED_OPTIONS : [];
  const framework = await vendorFramework(join(folder, FRAMEWORK_FOLDER), nodeOptions);
  if (Object.keys(inputs).some((file) => file.includes('/onnxruntime-node/'))) {
    await vendorOnnxruntime(join(folder, ONNXRUNTIME_FOLDER));
  }
  await writePackage(folder, name, framework, nodeOptions);
  await cp('sql', join(folder, 'sql'), { recursive: true });
  await bundle('shared/packaging/rehearsal/main.ts', join(folder, 'rehearsal.cjs'), {});
}

/** The native half of onnxruntime: of all that its package installs, a sixth. */
async function vendorOnnxruntime(folder: string): Promise<void> {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  const native = join(dirname(main), '../bin/napi-v6', PLATFORM);
  await cp(native, folder, { recursive: true, dereference: true });
}

/**
 * Says to npm that the one package is the folder here: nothing is fetched where it is deployed,
 * no script runs, and what was tested is what is started. It is rehearsed with the options that it
 * will run with: what V8 compiled with others it may not take.
 */
async function writePackage(
  folder: string,
  name: string,
  framework: Vendored,
  nodeOptions: readonly string[],
): Promise<void> {
  const manifest = {
    name: `flit-${name}`,
    private: true,
    main: 'index.cjs',
    engines,
    scripts: { 'gcp-build': ['node', ...nodeOptions, 'rehearsal.cjs', name].join(' ') },
    dependencies: { [framework.name]: `file:${FRAMEWORK_FOLDER}` },
  };
  const lock = {
    name: manifest.name,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: manifest.name, engines, dependencies: manifest.dependencies },
      [FRAMEWORK_FOLDER]: framework,
      [`node_modules/${framework.name}`]: { resolved: FRAMEWORK_FOLDER, link: true },
    },
  };
  for (const [file, content] of Object.entries({
    'package.json': manifest,
    'package-lock.json': lock,
  })) {
    await writeFile(join(folder, file), `${JSON.stringify(content, null, 2)}\n`);
  }
}

const entries = await readdir(SOURCE, { withFileTypes: true });
for (const { name } of entries.filter((entry) => entry.isDirectory())) {
  await buildFunction(name);
  process.stdout.write(`${TARGET}/${name}\n`);
}
