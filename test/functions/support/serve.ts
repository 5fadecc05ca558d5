import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type HttpFunction, http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';

/** A function that listens on loopback. */
export interface Served {
  readonly url: string;
  stop(): Promise<void>;
}

let count = 0;

/**
 * Serves a handler by functions-framework, in this process. Its own parsers are before the handler
 * here: `takeOverRequests` is for a process with nothing else in it, so what it does is tested on a
 * function that runs in a process of its own.
 */
export async function serveFunction(handler: HttpFunction): Promise<Served> {
  const name = `served-${++count}`;
  http(name, handler);
  const server = getTestServer(name).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** An answer: status, headers, and its JSON. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect in the body.
  readonly body: any;
}

/** Posts JSON, or a text as it is. */
export async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
