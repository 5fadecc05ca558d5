/** One kept HTTP/1.1 connection on a bare socket: a sender that costs little beside what it measures. */
import { once } from 'node:events';
import { connect } from 'node:net';

export interface Connection {
  /** Sends a request, one at a time, for its answer. @throws {Error} for one that is not 200 */
  send(request: Buffer): Promise<string>;
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
  let waiting: { resolve: (body: string) => void; reject: (error: Error) => void } | undefined;
  let received = Buffer.alloc(0);
  const fail = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const head = headOf(received);
    if (!head || received.length < head.size + head.length) return;
    const status = received.toString('latin1', 9, 12);
    const body = received.toString('utf8', head.size, head.size + head.length);
    received = received.subarray(head.size + head.length);
    if (status !== '200') return fail(new Error(`${url} answered ${status}: ${body}`));
    waiting?.resolve(body);
    waiting = undefined;
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error(`${url} closed the connection.`)));
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error(`${url} closed the connection.`));
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** Bytes of an answer's head, and of the body that it announces; undefined until the head is whole. */
function headOf(received: Buffer): { size: number; length: number } | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = /^content-length: *(\d+)/im.exec(received.toString('latin1', 0, end));
  if (!length) throw new Error('An answer does not say its length.');
  return { size: end + 4, length: Number(length[1]) };
}
