import type { ServerResponse } from 'node:http';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { sendJson } from './send.ts';

/**
 * Answers an error as `application/problem+json` (RFC 9457). What a caller may know is said in
 * full; anything else becomes a bare 500 and goes to the log.
 */
export function sendProblem(response: ServerResponse, error: unknown, log: Log): void {
  const known = error instanceof AppError ? error : undefined;
  if (!known || known.status >= 500) log.error('request failed', { code: known?.code }, error);
  const status = known?.status ?? 500;
  const problem = {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    code: known?.code ?? 'internal',
    detail: known?.message ?? 'The request could not be served. Nothing was decided.',
    ...(known && known.faults.length > 0 ? { errors: known.faults } : {}),
  };
  sendJson(response, status, problem, {
    'content-type': 'application/problem+json; charset=utf-8',
    // RFC 9110, §10.2.3: what is out of reach now may be back in a moment.
    ...(status === 503 ? { 'retry-after': '1' } : {}),
  });
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};
