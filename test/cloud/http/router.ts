import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ApiError, invalid } from '../errors.ts';

/** The names in a route's template: `/b/{bucket}/o/{object=**}` gives `bucket` and `object`. */
export type Names<Template extends string> = string extends Template
  ? string
  : Template extends `${string}{${infer Name}}${infer Rest}`
    ? (Name extends `${infer Short}=**` ? Short : Name) | Names<Rest>
    : never;

/** One request, read as far as a handler needs it. */
export interface Call<Name extends string = string> {
  readonly method: string;
  /** Path without the query, as sent (still percent-encoded). */
  readonly path: string;
  /** What stood in the braces of the route's template, decoded. */
  readonly params: Readonly<Record<Name, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** `http://host:port` that the client used: links in answers start with it. */
  readonly origin: string;
  /** The body, decompressed where content-encoding says so. */
  stream(): Readable;
  bytes(): Promise<Buffer>;
  /** The body as JSON; `{}` where there is none. @throws {ApiError} 400 parseError. */
  json(): Promise<Record<string, unknown>>;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** What a handler answers. */
export interface Reply {
  /** 200 unless said. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** At most one of these three. */
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly stream?: Readable;
}

/** Answers a request; what it throws becomes the answer of an error. */
export type Handler<Name extends string = string> = (call: Call<Name>) => Reply | Promise<Reply>;

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handler: Handler;
}

/**
 * Maps method and path to a handler and errors to the answers of a Google API.
 *
 * A template is a path with `{name}` for one segment, which may hold percent-encoded slashes,
 * and `{name=**}` for the rest of the path; a literal may follow a name in its segment
 * (`/jobs/{job}:run`). The method `*` is any. Routes are tried in the order in which they were added.
 */
export class Router {
  private readonly routes: Route[] = [];

  on<Template extends string>(
    method: string,
    template: Template,
    handler: Handler<Names<Template>>,
  ): this {
    this.routes.push({ method, pattern: compile(template), handler });
    return this;
  }

  /** Answers one request, whole: resolves when the answer has left or can't leave; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await send(response, await this.dispatch(request, response));
    } catch (error) {
      // Gone in the middle: there is nobody to tell, and what was sent can't be taken back.
      if (response.headersSent || response.destroyed || request.errored) {
        response.destroy();
        return;
      }
      const api = error instanceof ApiError ? error : (badBody(error) ?? internal(error));
      const answer = send(response, { status: api.status, json: api.body() });
      await answer.catch(() => response.destroy());
    } finally {
      // A body that was answered before its end is read to it, for the line is kept for the next
      // request; whoever stopped reading may listen still.
      request.removeAllListeners('readable').resume();
    }
  }

  private async dispatch(request: IncomingMessage, response: ServerResponse): Promise<Reply> {
    const { path, query } = split(request.url ?? '/');
    // Google's APIs let a POST stand for another method where proxies forbid it.
    const method = String(request.headers['x-http-method-override'] ?? request.method);
    let pathKnown = false;
    for (const route of this.routes) {
      const found = route.pattern.exec(path);
      if (!found) continue;
      pathKnown = true;
      if (route.method !== method && route.method !== '*') continue;
      return route.handler(
        call(request, response, method, path, query, decode(found.groups ?? {})),
      );
    }
    const problem = pathKnown ? `${method} is not allowed on ${path}.` : `No such path: ${path}`;
    throw new ApiError(
      pathKnown ? 405 : 404,
      pathKnown ? 'httpMethodNotAllowed' : 'notFound',
      problem,
    );
  }
}

function compile(template: string): RegExp {
  const source = template
    .split(/(\{[^}]+\})/)
    .map((part) => {
      const name = /^\{(\w+)(=\*\*)?\}$/.exec(part);
      if (!name) return part.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
      return name[2] ? `(?<${name[1]}>.+)` : `(?<${name[1]}>[^/]+?)`;
    })
    .join('');
  return new RegExp(`^${source}/?$`);
}

function split(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  return { path, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) };
}

function decode(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch (error) {
    throw new ApiError(400, 'invalid', 'The path is not valid percent-encoding.', { cause: error });
  }
}

function call(
  request: IncomingMessage,
  response: ServerResponse,
  method: string,
  path: string,
  query: URLSearchParams,
  params: Record<string, string>,
): Call {
  const aborted = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) aborted.abort();
  });
  const stream = () => decompressed(request);
  const bytes = async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream()) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };
  return {
    method,
    path,
    params,
    query,
    headers: request.headers,
    origin: `http://${request.headers.host ?? 'localhost'}`,
    stream,
    bytes,
    json: async () => parseJson(await bytes()),
    signal: aborted.signal,
  };
}

function decompressed(request: IncomingMessage): Readable {
  switch (request.headers['content-encoding']) {
    case 'gzip':
      return through(request, createGunzip());
    case 'deflate':
      return through(request, createInflate());
    case 'br':
      return through(request, createBrotliDecompress());
    default:
      return request;
  }
}

/** Unlike `pipe`, ends the transform with an error when the request breaks off. */
function through(request: IncomingMessage, transform: Transform): Transform {
  // The reader sees the error on the transform.
  pipeline(request, transform, () => {});
  return transform;
}

function parseJson(bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    const problem = `Parse Error: the body is not JSON: ${(error as Error).message}`;
    throw new ApiError(400, 'parseError', problem, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('The body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}

/** What zlib says of a body that is not what its content-encoding claims. */
function badBody(error: unknown): ApiError | undefined {
  const code = String((error as NodeJS.ErrnoException | undefined)?.code);
  if (!code.startsWith('Z_') && !code.startsWith('ERR__ERROR_FORMAT')) return undefined;
  const problem = `The body is not what its content-encoding says: ${(error as Error).message}`;
  return new ApiError(400, 'badRequest', problem, { cause: error });
}

function internal(error: unknown): ApiError {
  // The local cloud is a development tool: its own faults should be seen, not hidden.
  console.error('local Google Cloud: internal error', error);
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, 'internalError', message, { cause: error });
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  const { status = 200, headers = {}, json, bytes, stream } = reply;
  if (stream) {
    response.writeHead(status, headers);
    await piped(stream, response);
    return;
  }
  const body = json === undefined ? (bytes ?? Buffer.alloc(0)) : Buffer.from(JSON.stringify(json));
  const type = json === undefined ? {} : { 'content-type': 'application/json; charset=UTF-8' };
  // A status without a body must not announce one.
  const length = status === 204 || status === 304 ? {} : { 'content-length': String(body.length) };
  response.writeHead(status, { ...type, ...length, ...headers });
  if (response.destroyed) return;
  const left = once(response, 'close');
  response.end(body);
  await left;
}
