import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, notFound } from '../errors.ts';
import { type Log, traceFields, traceOf } from '../log.ts';
import type { Tracer } from '../telemetry/spans.ts';
import { type RawBody, readBody } from './body.ts';
import { sendProblem } from './problem.ts';
import { sendJson } from './send.ts';
import { type Clock, createTiming, serverTiming, type Timing } from './timing.ts';

/** What a route answers: 200 and JSON unless said otherwise. */
export interface Answer {
  readonly status?: number;
  /** Undefined: the answer has none. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = ParsedRoute | RawRoute;

/** Is given the JSON of the body; undefined where there is none. */
interface ParsedRoute extends RouteOf<unknown> {
  readonly isRaw?: false;
}

/** Is given the body as it came, and parses it itself: who reads bytes need not pay for objects. */
interface RawRoute extends RouteOf<RawBody> {
  readonly method: 'POST';
  readonly isRaw: true;
}

interface RouteOf<Body> {
  readonly method: 'GET' | 'POST';
  /** `/v1/{portfolio}/decisions`: a name in braces matches one segment. */
  readonly path: string;
  /** Largest body in bytes, where it is not the function's own limit. */
  readonly bodyLimit?: number;
  readonly handle: (call: RouteCall<Body>) => Promise<Answer> | Answer;
}

export interface RouteCall<Body = unknown> {
  readonly params: Readonly<Record<string, string>>;
  /** What follows the question mark, decoded. */
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Body;
  /** The log, tied to the request's trace. */
  readonly log: Log;
  /** Told of the phases of the work: they go into `Server-Timing` and into spans. */
  readonly timing: Timing;
}

export interface HandlerOptions {
  readonly projectId: string;
  readonly log: Log;
  /** Largest body in bytes; 64 KiB unless said. */
  readonly bodyLimit?: number;
  /** Records requests as spans; none without. */
  readonly tracer?: Tracer | undefined;
  /** `performance.now` unless said. */
  readonly clock?: Clock;
}

/** Answers a request of Node's server. Never rejects: every error is an answer. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * An HTTP function out of routes: every method and path reaches a function, so both are checked
 * here, and every error leaves as problem+json.
 */
export function createHandler(routes: readonly Route[], options: HandlerOptions): Handler {
  const limit = options.bodyLimit ?? 64 * 1024;
  const { projectId, tracer, clock = () => performance.now() } = options;
  const compiled = routes.map((route) => ({ ...route, pattern: compile(route.path) }));
  /** @returns the route that was asked for, if there is one */
  const respond = async (
    request: IncomingMessage,
    response: ServerResponse,
    { log, timing }: Pick<RouteCall, 'log' | 'timing'>,
    traceId: string | undefined,
  ): Promise<Route | undefined> => {
    let route: Route | undefined;
    try {
      const found = find(compiled, request, response);
      if (!found) return undefined;
      const { params, query } = found;
      route = found.route;
      const raw =
        route.method === 'POST' ? await readBody(request, route.bodyLimit ?? limit) : undefined;
      const call = { params, query, headers: request.headers, log, timing };
      const answer = await (route.isRaw
        ? route.handle({ ...call, body: raw! })
        : route.handle({ ...call, body: raw?.parse() }));
      const phases = serverTiming(timing, timing.phases());
      const timed = phases === undefined ? {} : { 'server-timing': phases };
      sendJson(response, answer.status ?? 200, answer.body, { ...answer.headers, ...timed });
    } catch (error) {
      sendProblem(response, error, log, traceId);
    }
    return route;
  };
  return async (request, response) => {
    const timing = createTiming(clock);
    const caller = traceOf(request.headers);
    const span = tracer?.begin(caller);
    const trace = span?.trace ?? caller;
    const log = options.log.with(traceFields(trace, projectId));
    const route = await respond(request, response, { log, timing }, trace?.id);
    if (!span) return;
    const { method = '' } = request;
    const { statusCode: status } = response;
    const [start, phases, end] = [timing.start, timing.phases(), clock()];
    tracer!.end(span, { method, route: route?.path, status, start, end, phases });
  };
}

function compile(path: string): RegExp {
  const source = path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${source}/?$`);
}

/** @returns undefined where OPTIONS is answered already: there is no more to it than `Allow` */
function find<T extends Route & { pattern: RegExp }>(
  routes: readonly T[],
  request: IncomingMessage,
  response: ServerResponse,
) {
  const { url = '/' } = request;
  // Node leaves the body of an answer to HEAD out by itself.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const [path = ''] = url.split('?', 1);
  const allowed: string[] = [];
  for (const route of routes) {
    const match = route.pattern.exec(path);
    if (match && route.method === method) {
      const query = new URLSearchParams(url.slice(path.length));
      return { route, params: decoded(match.groups ?? {}, path), query };
    }
    if (match) allowed.push(route.method);
  }
  if (allowed.length === 0) throw nothingAt(path);
  // RFC 9110 §15.5.6 wants it beside a 405.
  const more = allowed.includes('GET') ? ['HEAD', 'OPTIONS'] : ['OPTIONS'];
  response.setHeader('allow', [...allowed, ...more].join(', '));
  if (method === 'OPTIONS') return sendJson(response, 204, undefined);
  throw new AppError('method_not_allowed', 405, `Use ${allowed.join(' or ')} for ${path}.`);
}

function decoded(groups: Readonly<Record<string, string>>, path: string): Record<string, string> {
  const params: Record<string, string> = {};
  for (const name of Object.keys(groups)) {
    try {
      params[name] = decodeURIComponent(groups[name]!);
    } catch {
      throw nothingAt(path);
    }
  }
  return params;
}

const nothingAt = (path: string): AppError => notFound(`There is nothing at ${path}.`);
