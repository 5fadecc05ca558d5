import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that listens. */
export interface Server {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /**
   * Takes no new connection, lets requests in progress end for at most `graceMs` (2 s unless said),
   * then closes what is left.
   */
  stop(graceMs?: number): Promise<void>;
}

/** The only address that the local services listen on. */
export const LOOPBACK = '127.0.0.1';

/**
 * Serves HTTP on loopback alone. Port 0 is any free one.
 *
 * @throws {Error} naming the port when it is taken.
 */
export async function startServer(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  port = 0,
): Promise<Server> {
  const inProgress = new Set<Promise<void>>();
  // A body may take as long as its client needs, as a resumable upload over a slow line does.
  const server = createServer(
    { requestTimeout: 0, keepAliveTimeout: 75_000 },
    (request, response) => {
      const answered = handle(request, response).finally(() => inProgress.delete(answered));
      inProgress.add(answered);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new Error(`Port ${port} can't be used: ${cause.message}. Choose another one.`, { cause }),
      ),
    );
    server.listen(port, LOOPBACK, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    origin: `http://${LOOPBACK}:${bound}`,
    async stop(graceMs = 2000) {
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.race([Promise.all(inProgress), delay(graceMs, undefined, { ref: false })]);
      server.closeAllConnections();
      await closed;
    },
  };
}
