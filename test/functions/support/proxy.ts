import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type Server, startServer } from '../../cloud/http/server.ts';

/** What becomes of a request on its way: nothing, another status, silence, or a broken connection. */
export type Fate = undefined | number | 'silence' | 'break';

/** Stands between a client and the local cloud, and keeps an account of what passes. */
export interface LocalProxy {
  readonly origin: string;
  /** `GET /path?query`, in order of arrival. */
  readonly seen: readonly string[];
  /** Decides on every request from now on. */
  fate: (request: string) => Fate;
  stop(): Promise<void>;
}

export async function startProxy(target: string): Promise<LocalProxy> {
  const seen: string[] = [];
  const server: Server = await startServer(async (incoming, response) => {
    const line = `${incoming.method} ${incoming.url}`;
    seen.push(line);
    const fate = proxy.fate(line);
    if (fate === 'break') incoming.socket.destroy();
    else if (typeof fate === 'number') response.writeHead(fate).end('{}');
    else if (fate === undefined) await pass(target, incoming, response);
  });
  const proxy: LocalProxy = {
    origin: server.origin,
    seen,
    fate: () => undefined,
    stop: () => server.stop(0),
  };
  return proxy;
}

function pass(target: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, headers } = incoming;
  return new Promise((resolve) => {
    const onward = request(target + incoming.url, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    response.once('close', resolve);
    onward.once('error', () => response.destroy());
    incoming.pipe(onward);
  });
}
