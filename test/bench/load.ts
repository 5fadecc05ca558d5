import { quantile } from '../start/traffic.ts';
import { openConnection } from './connection.ts';

export interface Load {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * Sends requests to a URL, `concurrency` at a time over kept connections, each as soon as an
 * earlier one is answered.
 * @throws when an answer is not 200
 */
export async function measureLoad(
  url: string,
  requests: readonly Buffer[],
  concurrency: number,
): Promise<Load> {
  const connections = await Promise.all(
    Array.from({ length: concurrency }, () => openConnection(url)),
  );
  const times: number[] = [];
  const queue = requests.values();
  const start = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (const request of queue) {
        const sent = performance.now();
        await connection.send(request);
        times.push(performance.now() - sent);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const connection of connections) connection.close();
  return {
    requestsPerSecond: requests.length / seconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);
