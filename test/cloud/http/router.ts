import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ApiError, invalid } from '../errors.ts';

/** One request, read as far as a handler needs it. */
export interface Call {
  readonly method: string;
  /** Path without the query, as sent (still percent-encoded). */
  readonly path: string;
  /** What stood in the braces of the route's template, decoded. */
  readonly params: Readonly<Record<string, string>>;
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

export interface Reply {
  /** 200 unless said. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** At most one of these three. */
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly stream?: Readable;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

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
 * (`/jobs/{job}:run`). Routes are tried in the order in which they were added.
 */
export class Router {
  private readonly routes: Route[] = [];

  on(method: string, template: string, handler: Handler): this {
    this.routes.push({ method, pattern: compile(template), handler });
    return this;
  }

  /** Answers one request; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await send(response, await this.dispatch(request, response));
    } catch (error) {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      const api = error instanceof ApiError ? error : internal(error);
      await send(response, { status: api.status, json: api.body() });
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
      if (route.method !== method) continue;
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
      return request.pipe(createGunzip());
    case 'deflate':
      return request.pipe(createInflate());
    case 'br':
      return request.pipe(createBrotliDecompress());
    default:
      return request;
  }
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
    await pipeline(stream, response);
    return;
  }
  const body = json === undefined ? (bytes ?? Buffer.alloc(0)) : Buffer.from(JSON.stringify(json));
  const type = json === undefined ? {} : { 'content-type': 'application/json; charset=UTF-8' };
  // A status without a body must not announce one.
  const length = status === 204 || status === 304 ? {} : { 'content-length': String(body.length) };
  response.writeHead(status, { ...type, ...length, ...headers });
  await new Promise<void>((resolve) => response.end(body, () => resolve()));
}
