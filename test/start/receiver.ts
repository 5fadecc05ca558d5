/** Somebody who is told of alerts: a webhook on this machine that verifies what it gets. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface AlertReceiver {
  /** The receiver as `NOTIFY_TARGETS` lists it, with the secret that it was given. */
  readonly target: object;
  /** Ids of the alerts that came, each with a good signature. */
  readonly ids: ReadonlySet<string>;
  /** How many requests were turned away. */
  readonly refused: () => number;
  stop(): void;
}

export async function startReceiver(): Promise<AlertReceiver> {
  const key = randomBytes(32);
  const ids = new Set<string>();
  let refused = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const good = isSigned(request.headers, body, key);
    if (good) ids.add(String(request.headers['webhook-id']));
    else refused += 1;
    response.writeHead(good ? 204 : 401).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    target: {
      name: 'local',
      url: `http://127.0.0.1:${port}/`,
      insecure: true,
      secrets: [`whsec_${key.toString('base64')}`],
    },
    ids,
    refused: () => refused,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** As functions/README.md tells receivers to. */
function isSigned(headers: IncomingHttpHeaders, body: string, key: Buffer): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': given } = headers;
  const expected = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest();
  const bytes = Buffer.from(String(given).replace('v1,', ''), 'base64');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
