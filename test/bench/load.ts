import { Agent, request } from 'node:http';
import { quantile } from '../start/traffic.ts';

export interface Load {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * Posts bodies to a URL, `concurrency` at a time over kept connections, and measures.
 * @throws when an answer is not 200
 */
export async function measureLoad(
  url: string,
  bodies: readonly Buffer[],
  concurrency: number,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const times: number[] = [];
  const queue = bodies.values();
  const start = performance.now();
  const worker = async () => {
    for (const body of queue) times.push(await post(url, body, agent));
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  return {
    requestsPerSecond: bodies.length / seconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}

function post(url: string, body: Buffer, agent: Agent): Promise<number> {
  const start = performance.now();
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - start);
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
    });
    call.once('error', reject).end(body);
  });
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);
