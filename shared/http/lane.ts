/** How a deployed function's requests reach its handler: straight from Node's server. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { http } from '@google-cloud/functions-framework';
import type { Handler } from './handler.ts';

/** Node publishes each request here before its server's listeners get it. */
const STARTS = 'http.server.request.start';

/**
 * Registers an HTTP function, and lets its handler answer in place of functions-framework's Express
 * from the process's first request on. The framework still starts the process, finds the function,
 * opens the port.
 *
 * Express, its five body parsers and a `domain` around every call (which makes all promises of the
 * process dear) would cost several times what a decision does. The parsers would also buffer a
 * gigabyte before a handler could refuse it, and answer malformed JSON or percent-encoding with a
 * page of HTML.
 *
 * @param handler needs nothing of Express, and works under it: that is where requests go on a server
 *   that is not as the framework makes it today
 */
export function serve(name: string, handler: Handler): void {
  http(name, handler);
  takeOverRequests(handler);
}

/** Puts a handler in the place of the first Express application that a server sends requests to. */
export function takeOverRequests(handler: Handler): void {
  const takeOver = (message: unknown) => {
    const { server } = message as { readonly server: Server };
    const listeners = server.listeners('request');
    if (listeners.length !== 1 || !isExpress(listeners[0]!)) return;
    server.removeAllListeners('request').on('request', handler);
    unsubscribe(STARTS, takeOver);
  };
  subscribe(STARTS, takeOver);
}

const isExpress = (listener: object): boolean =>
  'handle' in listener && typeof listener.handle === 'function';
