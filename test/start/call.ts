/** HTTP with the functions: long calls, and errors that say who failed and why. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A function answered with a problem (RFC 9457). */
export class FunctionProblem extends Error {
  override readonly name = 'FunctionProblem';
  /** Whether it kept the cause to its log. */
  readonly internal: boolean;

  constructor(message: string, internal: boolean) {
    super(message);
    this.internal = internal;
  }
}

/**
 * Calls a function as Cloud Scheduler would, and waits as long as it takes: training may take long,
 * where `fetch` gives up after five minutes without an answer.
 * @param headers beside the content type
 * @throws {FunctionProblem} with the problem that it answered
 * @throws {Error} naming a function that cannot be reached
 */
export async function callFunction<T>(
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const { status, content } = await post(url, JSON.stringify(body), headers);
  return answerOf<T>(url, status, content);
}

async function post(
  url: string,
  body: string,
  more: Readonly<Record<string, string>>,
): Promise<{ status: number; content: string }> {
  try {
    return await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', ...more };
      const call = request(url, { method: 'POST', headers }, (response) => {
        text(response).then((content) => {
          resolve({ status: response.statusCode!, content });
        }, reject);
      });
      call.once('error', reject).end(body);
    });
  } catch (error) {
    throw unreachable(url, error);
  }
}

/** The JSON that a function answered. @throws {FunctionProblem} for anything but success */
export function answerOf<T>(url: string, status: number, content: string): T {
  let answer: T & { code?: string; detail?: string; errors?: unknown };
  try {
    answer = JSON.parse(content);
  } catch {
    throw new FunctionProblem(`${url} answered ${status}: ${content.slice(0, 500)}`, false);
  }
  if (status >= 200 && status < 300) return answer;
  const { code, detail, errors } = answer;
  const faults = errors === undefined ? '' : ` ${JSON.stringify(errors)}`;
  const message = detail ?? content.slice(0, 500);
  throw new FunctionProblem(`${url} answered ${status}: ${message}${faults}`, code === 'internal');
}

/** What `fetch` and `request` throw, with the address and the cause that they keep to themselves. */
export function unreachable(url: string, error: unknown): Error {
  const { message, cause } = error as Error;
  const why = cause instanceof Error ? cause.message : message;
  return new Error(`${url} cannot be reached: ${why}`, { cause: error });
}
