import type { ServerResponse } from 'node:http';
import * as z from 'zod';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { sendJson } from './send.ts';

/** Every answer that is an error (RFC 9457). Additive only, and codes stay. */
export const problemAnswer = z
  .object({
    type: z.string().describe('urn:flit:problem:<code>; names the kind and leads nowhere.'),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.string().describe('Stable: what a program decides by.'),
    detail: z.string().describe('For a person.'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON pointer (RFC 6901) into the body; "" is all of it.'),
          problem: z.string(),
        }),
      )
      .optional()
      .describe('What is wrong where.'),
    trace_id: z.string().optional().describe('Of the request, to be quoted to whoever helps.'),
  })
  .meta({ title: 'Problem' });

export type Problem = z.infer<typeof problemAnswer>;

/** More would be an attack's echo. */
const MOST_FAULTS = 100;

/** Of a 503 (RFC 9110 §10.2.3): what is out of reach now may be back in a moment. */
const RETRY_AFTER_SECONDS = '1';

/** What a caller may know of an error; anything unexpected becomes a bare 500. */
export function problemOf(error: unknown, traceId?: string): Problem {
  const known = error instanceof AppError ? error : undefined;
  const code = known?.code ?? 'internal';
  const status = known?.status ?? 500;
  const faults = known?.faults ?? [];
  const more = faults.length - MOST_FAULTS;
  const detail = known?.message ?? 'The request could not be served. Nothing was decided.';
  return {
    type: `urn:flit:problem:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail: more > 0 ? `${detail} ${more} more faults are not listed.` : detail,
    ...(faults.length > 0 ? { errors: faults.slice(0, MOST_FAULTS) } : {}),
    ...(traceId === undefined ? {} : { trace_id: traceId }),
  };
}

/** Answers an error as `application/problem+json`; what is no caller's fault goes to the log. */
export function sendProblem(
  response: ServerResponse,
  error: unknown,
  log: Log,
  traceId?: string,
): void {
  const problem = problemOf(error, traceId);
  const { status } = problem;
  if (status >= 500) {
    const { code } = error instanceof AppError ? error : {};
    log.error('request failed', { code }, error);
  }
  sendJson(response, status, problem, {
    'content-type': 'application/problem+json; charset=utf-8',
    ...(status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
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
