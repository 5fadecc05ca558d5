/**
 * Starts a built function as it will be started, has it answer as it will be asked, and keeps what V8
 * compiled on the way. Cloud Build runs it in the function's folder, as `gcp-build`, with the Node
 * that will serve: one that cannot start, or that decides and cannot decide, is not deployed.
 * `node rehearsal.cjs NAME`
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type { Script } from 'node:vm';
import { exampleOf } from '../../portfolio/contract.ts';
import { loadPortfolio } from '../../portfolio/portfolio.ts';
import { startPubSub, startStorage } from './cloud.ts';
import { rehearsedVersion, VERSION } from './version.ts';

/** What any function asks of its environment. */
const ENVIRONMENT = {
  NODE_ENV: 'production',
  GOOGLE_CLOUD_PROJECT: 'rehearsal',
  METADATA_SERVER_DETECTION: 'none',
  SOURCE_URL: 'http://127.0.0.1:1',
  LANDING_BUCKET: 'rehearsal',
  MODELS_BUCKET: 'rehearsal',
  DECISIONS_BUCKET: 'rehearsal',
  DECISIONS_TOPIC: 'rehearsal',
  ALERTS_BUCKET: 'rehearsal',
  ALERTS_TOPIC: 'rehearsal',
  NOTIFY_TARGETS: '[]',
  BATCH_BUCKET: 'rehearsal',
  BATCH_TOPIC: 'rehearsal',
  SCHEDULER_URL: 'http://127.0.0.1:1',
  SCHEDULER_LOCATION: 'us-central1',
};

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** Nothing that any function would do something about. */
const CALLS: readonly Call[] = [
  { method: 'GET', path: '/ready' },
  { method: 'POST', path: '/', body: '{}' },
];

/** The function that has something to decide, and where it is asked to. */
const DECIDES = 'score';

const ASK_EVERY_MS = 20;
const PATIENCE = 1500;

async function rehearse(name: string): Promise<void> {
  const example = name === DECIDES ? await findExample() : undefined;
  const storage = await startStorage(example?.objects ?? new Map());
  const PORTFOLIOS = example?.portfolio ?? 'rehearsal';
  Object.assign(process.env, ENVIRONMENT, { PORTFOLIOS }, storage, await startPubSub());
  const port = await freePort();
  process.argv.push('--source=.', `--target=${name}`, `--port=${port}`);
  const require = createRequire(resolve('package.json'));
  require('./functions-framework/main.cjs');
  const url = `http://127.0.0.1:${port}`;
  for (const call of CALLS) await answered(url, call);
  if (example) {
    const path = `/v1/${example.portfolio}/decisions`;
    const answer = await answered(url, { method: 'POST', path, body: example.body });
    if (!answer.includes(VERSION)) throw new Error(`No model decided: ${answer}`);
  }
  for (const { script, path } of Object.values(require.cache) as LoadedModule[]) {
    if (script) writeFileSync(`${path}/code.cache`, script.createCachedData());
  }
}

/** A module, with what it ran if our loader loaded it. */
type LoadedModule = NodeJS.Module & { readonly script?: Script };

interface Example {
  readonly portfolio: string;
  readonly body: string;
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

/** Of the first portfolio that a decision can be made up for; of the others it says why not. */
async function findExample(): Promise<Example | undefined> {
  const found = await readdir('sql', { recursive: true });
  const ids = found.flatMap((file) => /^([^/]+)\/portfolio\.json$/.exec(file)?.[1] ?? []);
  for (const id of ids.sort()) {
    const portfolio = await loadPortfolio('sql', id);
    const request = exampleOf(portfolio.application);
    try {
      if (!request) throw new Error('a pattern of its contract is not to be guessed');
      const objects = await rehearsedVersion(portfolio, request);
      return { portfolio: id, body: JSON.stringify(request), objects };
    } catch (error) {
      process.stderr.write(`No decision on ${id} is rehearsed: ${(error as Error).message}.\n`);
    }
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Asks until the function serves; what it answers is its affair. */
async function answered(url: string, { path, ...call }: Call): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  for (let patience = PATIENCE; ; patience--) {
    try {
      const response = await fetch(url + path, { ...call, headers });
      return await response.text();
    } catch (error) {
      if (patience === 0) throw new Error(`${url}${path} does not answer.`, { cause: error });
      await new Promise((resume) => setTimeout(resume, ASK_EVERY_MS));
    }
  }
}

rehearse(process.argv.splice(2)[0]!).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
