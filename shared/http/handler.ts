import type { HttpFunction, Request, Response } from '@google-cloud/functions-framework';
import { AppError, notFound } from '../errors.ts';
import { type Log, traceFields } from '../log.ts';
import { readJson } from './body.ts';
import { sendProblem } from './problem.ts';

/** What a route answers: 200 and JSON unless said otherwise. */
export interface Answer {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** `/v1/{portfolio}/decisions`: a name in braces matches one segment. */
  readonly path: string;
  readonly handle: (call: RouteCall) => Promise<Answer> | Answer;
}

export interface RouteCall {
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON body; undefined where there is none. */
  readonly body: unknown;
  /** The log, tied to the request's trace. */
  readonly log: Log;
}

export interface HandlerOptions {
  readonly projectId: string;
  readonly log: Log;
  /** Largest body in bytes; 64 KiB unless said. */
  readonly bodyLimit?: number;
}

/**
 * An HTTP function out of routes: every method and path reaches a function, so both are checked
 * here, and every error leaves as problem+json.
 */
export function createHandler(routes: readonly Route[], options: HandlerOptions): HttpFunction {
  const limit = options.bodyLimit ?? 64 * 1024;
  const compiled = routes.map((route) => ({ ...route, pattern: compile(route.path) }));
  return async (request, response) => {
    const log = options.log.with(traceFields(request.headers, options.projectId));
    try {
      const { route, params } = find(compiled, request, response);
      const body = route.method === 'POST' ? await readJson(request, limit) : undefined;
      send(response, await route.handle({ params, headers: request.headers, body, log }));
    } catch (error) {
      sendProblem(response, error, log);
    }
  };
}

function compile(path: string): RegExp {
  const source = path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${source}/?$`);
}

function find<T extends Route & { pattern: RegExp }>(
  routes: readonly T[],
  request: Request,
  response: Response,
) {
  const matches = routes.filter(({ pattern }) => pattern.test(request.path));
  const route = matches.find(({ method }) => method === request.method);
  if (route) return { route, params: decoded(route.pattern.exec(request.path)?.groups ?? {}) };
  if (matches.length === 0) throw notFound(`There is nothing at ${request.path}.`);
  const allowed = matches.map(({ method }) => method);
  // RFC 9110 §15.5.6 wants it beside a 405.
  response.set('allow', allowed.join(', '));
  throw new AppError('method_not_allowed', 405, `Use ${allowed.join(' or ')} for ${request.path}.`);
}

const decoded = (groups: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(groups).map(([k, v]) => [k, decodeURIComponent(v)]));

function send(response: Response, answer: Answer): void {
  response
    .status(answer.status ?? 200)
    .set({ 'content-type': 'application/json; charset=utf-8', ...answer.headers })
    .send(JSON.stringify(answer.body));
}
