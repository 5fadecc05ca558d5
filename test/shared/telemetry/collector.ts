import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OtlpSpan } from '../../../shared/telemetry/spans.ts';

/** What one call brought. */
export interface Export {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect in it.
  readonly body: any;
}

/** A collector of OpenTelemetry on loopback, that keeps what it is sent. */
export interface Collector {
  readonly url: string;
  readonly exports: Export[];
  /** What it answers: 200 and nothing unless changed. */
  answer: { status: number; body: string };
  /** All spans so far. */
  spans(): OtlpSpan[];
  stop(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const exports: Export[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { url: path = '', headers } = request;
    exports.push({ path, headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(collector.answer.status).end(collector.answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exports,
    answer: { status: 200, body: '{}' },
    spans: () => exports.flatMap(({ body }) => body.resourceSpans[0].scopeSpans[0].spans),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return collector;
}
