/** As much of Cloud Storage and Pub/Sub as a first decision asks for. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { createCrc32c } from '../../google/crc32c.ts';

const HOST = '127.0.0.1';

/** Serves objects by name, of whatever bucket. @returns the environment of its clients */
export async function startStorage(
  objects: ReadonlyMap<string, Uint8Array>,
): Promise<Readonly<Record<string, string>>> {
  const server = createServer(downloads(objects)).listen(0, HOST);
  await once(server, 'listening');
  return { STORAGE_EMULATOR_HOST: `http://${HOST}:${(server.address() as AddressInfo).port}` };
}

const downloads =
  (objects: ReadonlyMap<string, Uint8Array>): RequestListener =>
  ({ url = '' }, response) => {
    const bytes = objects.get(decodeURIComponent(/\/o\/([^?]*)/.exec(url)?.[1] ?? ''));
    if (!bytes) {
      response.writeHead(404).end('{}');
      return;
    }
    const crc = createCrc32c();
    crc.update(Buffer.from(bytes));
    response.writeHead(200, {
      'content-length': bytes.length,
      'x-goog-generation': 1,
      'x-goog-hash': `crc32c=${crc.toString()}`,
    });
    response.end(bytes);
  };

/** `PublishResponse` of one message, whose id is 1. */
const PUBLISHED = Buffer.from([0x0a, 1, 0x31]);

/** Acknowledges what is published. @returns the environment of its clients */
export async function startPubSub(): Promise<Readonly<Record<string, string>>> {
  const server = new Server();
  const same = (bytes: Buffer) => bytes;
  server.addService(
    {
      publish: {
        path: '/google.pubsub.v1.Publisher/Publish',
        requestStream: false,
        responseStream: false,
        requestSerialize: same,
        requestDeserialize: same,
        responseSerialize: same,
        responseDeserialize: same,
      },
    },
    {
      publish: (_: unknown, answer: (error: null, bytes: Buffer) => void) =>
        answer(null, PUBLISHED),
    },
  );
  const bind = promisify(server.bindAsync.bind(server));
  return {
    PUBSUB_EMULATOR_HOST: `${HOST}:${await bind(`${HOST}:0`, ServerCredentials.createInsecure())}`,
  };
}
