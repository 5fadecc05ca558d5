/** A source of records for tests: a simtom-compatible server that sends what it is told to. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was asked of a stream. */
export interface Asked {
  readonly generator: string;
  readonly body: Record<string, unknown>;
}

/** Answers one request for a stream. */
export type Script = (response: ServerResponse, asked: Asked) => void | Promise<void>;

/** A server that runs until it is stopped; scripts are by generator, and may be changed. */
export interface TestSource {
  readonly url: string;
  readonly asked: Asked[];
  readonly scripts: Record<string, Script>;
  stop(): Promise<void>;
}

/** A generator without a script sends nothing but a good end. */
export async function startSource(): Promise<TestSource> {
  const asked: Asked[] = [];
  const scripts: Record<string, Script> = {};
  const server = createServer(async (request, response) => {
    const generator = /^\/stream\/(.+)$/.exec(request.url!)![1]!;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = { generator, body: JSON.parse(Buffer.concat(chunks).toString()) };
    asked.push(one);
    await (scripts[generator] ?? records([]))(response, one);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    scripts,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** Sends records, then the end with their count. */
export const records = (rows: readonly unknown[]): Script =>
  events([...rows.map((row) => message(row)), end(rows.length)]);

/** Sends texts as they are. */
export const events =
  (texts: readonly string[]): Script =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(texts.join(''));
  };

/** Sends texts, then cuts the line. */
export const brokenOff =
  (texts: readonly string[]): Script =>
  async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await new Promise((resolve) => response.write(texts.join(''), resolve));
    response.destroy();
  };

/** An answer other than a stream. */
export const refusal =
  (status: number, text: string): Script =>
  (response) => {
    response.writeHead(status).end(text);
  };

/** The event of one record. */
export const message = (record: unknown): string => `data: ${JSON.stringify(record)}\n\n`;

/** The event that ends a stream. */
export const end = (count: number): string => `event: end\ndata: {"records": ${count}}\n\n`;

/** Sends of these rows the days that are asked for, by a field with their time. */
export const byDay =
  (rows: readonly Readonly<Record<string, unknown>>[], time: string): Script =>
  (response, asked) => {
    const { start_date: start, end_date: end } = asked.body as Record<string, string>;
    const day = (row: (typeof rows)[number]) => String(row[time]).slice(0, 10);
    return records(rows.filter((row) => day(row) >= start! && day(row) <= end!))(response, asked);
  };
