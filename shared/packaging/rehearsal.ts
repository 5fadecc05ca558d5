/**
 * Starts a built function as it will be started, and keeps what V8 compiled on the way. Cloud Build
 * runs it in the function's folder, as `gcp-build`, with the Node that will serve: one that cannot
 * start is not deployed. `node rehearsal.cjs NAME`
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type { Script } from 'node:vm';

/** What any function asks of its environment. */
const ENVIRONMENT = {
  NODE_ENV: 'production',
  GOOGLE_CLOUD_PROJECT: 'rehearsal',
  METADATA_SERVER_DETECTION: 'none',
  PUBSUB_EMULATOR_HOST: '127.0.0.1:1',
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
  PORTFOLIOS: 'bnpl',
};

/** Nothing that any function would do something about. */
const CALLS = [
  { method: 'GET', path: '/ready' },
  { method: 'POST', path: '/', body: '{}' },
  { method: 'POST', path: '/v1/bnpl/decisions', body: '{}' },
];

const ASK_EVERY_MS = 20;
const PATIENCE = 1500;

async function rehearse(name: string): Promise<void> {
  const cloud = createServer((_, response) => response.writeHead(404).end('{}'));
  const STORAGE_EMULATOR_HOST = `http://127.0.0.1:${await portOf(cloud)}`;
  Object.assign(process.env, ENVIRONMENT, { STORAGE_EMULATOR_HOST });
  const port = await freePort();
  process.argv.push('--source=.', `--target=${name}`, `--port=${port}`);
  const require = createRequire(resolve('package.json'));
  require('./functions-framework/main.cjs');
  for (const { path, ...call } of CALLS) await answered(`http://127.0.0.1:${port}${path}`, call);
  for (const { script, path } of Object.values(require.cache) as LoadedModule[]) {
    if (script) writeFileSync(`${path}/code.cache`, script.createCachedData());
  }
}

/** A module, with what it ran if our loader loaded it. */
type LoadedModule = NodeJS.Module & { readonly script?: Script };

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server);
  server.close();
  return port;
}

/** Asks until the function serves; what it answers is its affair. */
async function answered(url: string, call: RequestInit): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  for (let patience = PATIENCE; ; patience--) {
    try {
      const response = await fetch(url, { ...call, headers });
      await response.text();
      return;
    } catch (error) {
      if (patience === 0) throw new Error(`${url} does not answer.`, { cause: error });
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
