/** One kept HTTP/1.1 connection on a bare socket: a sender that costs little beside what it measures. */
import { once } from 'node:events';
import { connect } from 'node:net';

export interface Connection {
  /** Sends a request, one at a time. @throws {Error} for an answer that is not 200 */
  send(request: Buffer): Promise<void>;
  close(): void;
}

/** A POST of JSON, as the bytes on the line. */
export function postOf(url: string, body: Buffer): Buffer {
  const { host, pathname } = new URL(url);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  let waiting: { resolve: () => void; reject: (error: Error) => void } | undefined;
  let received = Buffer.alloc(0);
  const settle = (error?: Error) => {
    const waiter = waiting;
    waiting = undefined;
    if (error) waiter?.reject(error);
    else waiter?.resolve();
  };
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const size = answerSize(received);
    if (size === undefined || received.length < size) return;
    const status = received.toString('latin1', 9, 12);
    const text = received.toString('utf8', 0, size);
    received = received.subarray(size);
    settle(status === '200' ? undefined : new Error(`${url} answered ${text}`));
  });
  socket.on('error', settle);
  socket.on('close', () => settle(new Error(`${url} closed the connection`)));
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** Bytes of the first answer; undefined until its head is whole. */
function answerSize(received: Buffer): number | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = /^content-length: *(\d+)/im.exec(received.toString('latin1', 0, end));
  if (!length) throw new Error('An answer does not say its length.');
  return end + 4 + Number(length[1]);
}
