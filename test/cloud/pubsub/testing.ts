/** What the tests of Pub/Sub have in common: servers to judge, and Google's clients to judge with. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { PubSub, v1 } from '@google-cloud/pubsub';
import { systemClock } from '../clock.ts';
import { memoryJournal } from './journal.ts';
import { type PubSubOptions, startPubSub } from './server.ts';

/** Pub/Sub's server under test. */
export interface Target {
  readonly port: number;
  stop(): Promise<void>;
}

let words = 0;

/** Words in order, so that what is made of them is the same in every run. */
export const newWord = (): string => `w${(++words).toString(36)}`;

/** The options of a server in memory that tells its problems by failing. */
export const localOptions = (options: Partial<PubSubOptions> = {}): PubSubOptions => ({
  state: memoryJournal(),
  clock: systemClock,
  newWord,
  report: (problem) => assert.fail(problem),
  ...options,
});

/** The server of this folder, in memory, on the machine's clock. */
export const startLocal = (): Promise<Target> => startPubSub(localOptions());

/** Google's own emulator, if the Google Cloud SDK with it and Java are on this machine. */
export async function startOfficial(): Promise<Target | undefined> {
  const jar = officialJar();
  if (!jar || !onPath('java')) return undefined;
  const port = await freePort();
  const child = spawn('java', ['-jar', jar, '--host=127.0.0.1', `--port=${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await saying(child, 'Server started');
  return {
    port,
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

function officialJar(): string | undefined {
  const gcloud = onPath('gcloud');
  if (!gcloud) return undefined;
  const root = dirname(dirname(realpathSync(gcloud)));
  const folder = join(root, 'platform/pubsub-emulator/lib');
  const jar = existsSync(folder) && readdirSync(folder).find((name) => name.endsWith('.jar'));
  return jar ? join(folder, jar) : undefined;
}

const onPath = (command: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((path) => existsSync(path));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function saying(child: ChildProcess, words: string): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`The official emulator stopped: ${output}`)));
    child.stderr!.on('data', (chunk) => {
      output += chunk;
      if (output.includes(words)) resolve();
    });
  });
}

/** Google's clients on one server: the handwritten one, and the generated ones below it. */
export interface Clients {
  readonly pubsub: PubSub;
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
  readonly schemas: v1.SchemaServiceClient;
  close(): Promise<void>;
}

const PROJECT = 'flit-test';

/** As an application would: nothing but the environment says where Pub/Sub is. */
export function connect(port: number): Clients {
  process.env.PUBSUB_EMULATOR_HOST = `127.0.0.1:${port}`;
  // No credentials are wanted, so none need to be looked for.
  process.env.METADATA_SERVER_DETECTION = 'none';
  const pubsub = new PubSub({ projectId: PROJECT });
  const options = pubsub.options as ConstructorParameters<typeof v1.SubscriberClient>[0];
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  const schemas = new v1.SchemaServiceClient(options);
  return {
    pubsub,
    publisher,
    subscriber,
    schemas,
    async close() {
      delete process.env.PUBSUB_EMULATOR_HOST;
      delete process.env.METADATA_SERVER_DETECTION;
      await Promise.all([pubsub, publisher, subscriber, schemas].map((client) => client.close()));
    },
  };
}

/** Where all tests are. */
export const project = `projects/${PROJECT}`;

/** A resource's full name, never used before. */
export const fresh = (collection: 'topics' | 'subscriptions' | 'schemas'): string =>
  `${project}/${collection}/t-${newWord()}`;

/** Messages that a publisher may send, of their texts. */
export const texts = (...all: string[]): { data: Buffer }[] =>
  all.map((text) => ({ data: Buffer.from(text) }));

/** What a condition answers when it no longer answers undefined; it is asked often. */
export async function until<T>(
  condition: () => T | undefined | Promise<T | undefined>,
  waitMs = 20_000,
): Promise<T> {
  for (const start = Date.now(); Date.now() - start < waitMs; ) {
    const value = await condition();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`${condition} did not come true within ${waitMs} ms.`);
}

/** A message that was pulled, as tests look at it. */
export interface Pulled {
  readonly ackId: string;
  readonly text: string;
  readonly id: string;
  readonly attempt: number;
  readonly attributes: Record<string, string>;
}

/** What one pull gets at once. */
export async function pullNow(
  { subscriber }: Clients,
  subscription: string,
  maxMessages = 100,
): Promise<Pulled[]> {
  const [response] = await subscriber.pull({ subscription, maxMessages, returnImmediately: true });
  return (response.receivedMessages ?? []).map(({ ackId, message, deliveryAttempt }) => ({
    ackId: ackId!,
    text: Buffer.from((message?.data ?? '') as Uint8Array).toString(),
    id: message?.messageId ?? '',
    attempt: deliveryAttempt ?? 0,
    attributes: message?.attributes ?? {},
  }));
}

/** Pulls until there are so many. */
export async function pullAll(
  clients: Clients,
  subscription: string,
  count: number,
): Promise<Pulled[]> {
  const all: Pulled[] = [];
  await until(async () => {
    all.push(...(await pullNow(clients, subscription)));
    return all.length >= count ? all : undefined;
  });
  return all;
}

/** Asserts that a call fails with this gRPC code; answers the error's words. */
export async function refused(call: Promise<unknown>, code: number): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { code: found, details } = error as { code: number; details: string };
    assert.equal(found, code, details);
    return details;
  }
  assert.fail(`The call went through where code ${code} was expected.`);
}
