/** The world's HTTP server: simtom's three routes. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { type CaseManagement, casesSchema, createCaseManagement } from './bnpl/reviews.ts';
import { BNPL_SOURCES } from './bnpl/streams.ts';
import { type Pause, sendEvents } from './events.ts';
import { type FileOptions, fileSources } from './file/source.ts';
import { ConfigFaults, type Source } from './source.ts';

/** Where and what to serve. */
export interface WorldOptions {
  /** Any free one where not given. */
  readonly port?: number;
  readonly host?: string;
  /** CSV files to serve beside the simulator. */
  readonly files?: readonly FileOptions[];
  /** How to wait between records where a rate is asked for. */
  readonly pause?: Pause;
}

/** A server that runs until it is stopped. */
export interface RunningWorld {
  readonly url: string;
  /** Cuts all streams and closes the port. */
  stop(): Promise<void>;
}

/** An answer other than a stream. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly detail: unknown;

  constructor(status: number, detail: unknown) {
    super(String(detail));
    this.status = status;
    this.detail = detail;
  }
}

const LONGEST_BODY = 1_000_000;

/**
 * Serves `GET /`, `GET /generators`, `POST /stream/{generator}` and `POST /cases`.
 *
 * @throws {FileError} where one of the files can't be served
 */
export async function startWorld(options: WorldOptions = {}): Promise<RunningWorld> {
  const { port = 0, host = '127.0.0.1', files = [], pause = defaultPause } = options;
  const cases = createCaseManagement();
  const sources = new Map([...BNPL_SOURCES, cases.source].map((source) => [source.name, source]));
  for (const file of files) {
    for (const source of await fileSources(file)) {
      if (sources.has(source.name)) throw new Error(`There are two generators ${source.name}.`);
      sources.set(source.name, source);
    }
  }
  const server = createServer((request, response) => {
    void answer(request, response, { sources, cases, pause });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

const defaultPause: Pause = (ms, signal) => setTimeout(ms, undefined, { signal });

interface Parts {
  readonly sources: ReadonlyMap<string, Source>;
  readonly cases: CaseManagement;
  readonly pause: Pause;
}

/** Answers one request; never rejects. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { sources, cases, pause }: Parts,
): Promise<void> {
  try {
    const { pathname } = new URL(request.url ?? '/', 'http://world');
    if (pathname === '/cases') {
      expectMethod(request, 'POST');
      json(response, 200, { taken: await takeCases(request, cases) });
      return;
    }
    const name = /^\/stream\/([^/]+)$/.exec(pathname)?.[1];
    if (name !== undefined) {
      expectMethod(request, 'POST');
      const { pace, batches } = await open(request, sources, decode(name));
      await sendEvents(response, batches, pace, pause);
      return;
    }
    expectMethod(request, 'GET');
    json(response, 200, overview(pathname, sources));
  } catch (error) {
    if (response.headersSent || response.destroyed) response.destroy();
    else if (error instanceof Refusal) json(response, error.status, { detail: error.detail });
    else json(response, 500, { detail: String(error) });
  }
}

/** Decisions that people may look at; answers how many came. */
async function takeCases(request: IncomingMessage, cases: CaseManagement): Promise<number> {
  const parsed = casesSchema.safeParse(await readJson(request));
  if (!parsed.success) throw new Refusal(400, new ConfigFaults(parsed.error.issues).faults);
  cases.take(parsed.data);
  return parsed.data.length;
}

function overview(path: string, sources: ReadonlyMap<string, Source>): unknown {
  if (path === '/') {
    return { status: 'healthy', version: '1.0.0', generators_available: sources.size };
  }
  if (path !== '/generators') throw new Refusal(404, `No such path: ${path}`);
  return Array.from(sources.values(), ({ name, description, configSchema }) => ({
    name,
    description,
    config_schema: configSchema,
  }));
}

async function open(
  request: IncomingMessage,
  sources: ReadonlyMap<string, Source>,
  name: string,
): Promise<ReturnType<Source['open']>> {
  const source = sources.get(name);
  if (source === undefined) {
    const known = [...sources.keys()].join(', ');
    throw new Refusal(404, `No such generator: ${name}. There are ${known}.`);
  }
  const body = await readJson(request);
  try {
    return source.open(body);
  } catch (error) {
    if (error instanceof ConfigFaults) throw new Refusal(400, error.faults);
    throw error;
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    // It is read to its end all the same: a client that still sends would not hear the answer.
    if (length <= LONGEST_BODY) chunks.push(chunk as Buffer);
  }
  if (length > LONGEST_BODY) throw new Refusal(413, `The body exceeds ${LONGEST_BODY} bytes.`);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new Refusal(400, `The body is not JSON: ${(error as Error).message}`);
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, `The path is not valid percent-encoding: ${segment}`);
  }
}

function expectMethod(request: IncomingMessage, method: string): void {
  if (request.method !== method) {
    throw new Refusal(405, `${request.method} is not allowed here, only ${method}.`);
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
  });
  response.end(bytes);
}
