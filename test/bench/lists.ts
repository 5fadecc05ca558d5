/** How many applications one core scores when they come by the hundred. */
import { MOST_APPLICATIONS } from '../../shared/decision/scores.ts';
import { postOf } from './connection.ts';
import { usedMicroseconds } from './cores.ts';
import { measureLoad, median } from './load.ts';
import type { Serving } from './serving.ts';

const CONCURRENCY = 4;
const ROUNDS = 7;

export interface ListFigures {
  readonly rowsPerSecond: number;
  /** Processor time of the service for a row, in microseconds. */
  readonly cpu: number;
  readonly bytes: number;
}

export async function benchLists({ score, url, bodies }: Serving): Promise<ListFigures> {
  const lists: Buffer[] = [];
  for (let i = 0; i + MOST_APPLICATIONS <= bodies.length; i += MOST_APPLICATIONS) {
    lists.push(Buffer.from(`{"applications":[${bodies.slice(i, i + MOST_APPLICATIONS).join()}]}`));
  }
  const requests = lists.map((list) => postOf(url('scores'), list));
  const rows = lists.length * MOST_APPLICATIONS;
  const rates: number[] = [];
  const costs: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const before = usedMicroseconds(score.pid);
    const { requestsPerSecond } = await measureLoad(url('scores'), requests, CONCURRENCY);
    // The first round warms up.
    if (round === 0) continue;
    rates.push(requestsPerSecond * MOST_APPLICATIONS);
    costs.push((usedMicroseconds(score.pid) - before) / rows);
  }
  return {
    rowsPerSecond: median(rates),
    cpu: median(costs),
    bytes: median(lists.map((l) => l.length)),
  };
}

export const describeLists = ({ rowsPerSecond, cpu, bytes }: ListFigures): string =>
  [
    `Lists of ${MOST_APPLICATIONS} applications (${(bytes / 1024).toFixed(0)} KiB), ${CONCURRENCY} at a time, one core for the service, median of ${ROUNDS} rounds`,
    `  ${Math.round(rowsPerSecond).toLocaleString('en')} rows/s, ${cpu.toFixed(1)} µs of processor time a row: ${Math.round(1e6 / cpu).toLocaleString('en')} rows/s of a core`,
  ].join('\n');
