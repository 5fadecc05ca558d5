/** What Google's front end does for a function's instances: each works on one request, the rest is refused. */
import { createServer, request as send } from 'node:http';
import { freePort } from '../start/ports.ts';

export interface Balancer {
  readonly url: string;
  stop(): void;
}

/** @param instances addresses; each is given one request at a time */
export async function startBalancer(instances: readonly string[]): Promise<Balancer> {
  const free = [...instances];
  const port = await freePort();
  const server = createServer((incoming, answer) => {
    const instance = free.pop();
    if (instance === undefined) {
      incoming.resume();
      answer.writeHead(429).end();
      return;
    }
    const { method, headers } = incoming;
    const outgoing = send(instance, { method, headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers);
      response.pipe(answer);
      response.once('end', () => free.push(instance));
    });
    incoming.pipe(outgoing);
  }).listen(port, '127.0.0.1');
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
}
