/**
 * The service under a steady stream of requests that waits for nobody, beside a bare functions-framework
 * echo under the same, and its memory over many.
 */
import { quantile } from '../start/traffic.ts';
import { openConnection, postOf } from './connection.ts';
import { residentBytes } from './cores.ts';
import { startEcho } from './echo_process.ts';
import { type Load, measureLoad, median } from './load.ts';
import type { Serving } from './serving.ts';

const PER_SECOND = 500;
const SECONDS = 20;
const RUNS = 3;
/** Enough that none of them ever waits for an earlier answer. */
const CONNECTIONS = 64;

const MANY = 200_000;
const WARM_UP = 40_000;
const CONCURRENCY = 16;

export interface SteadyFigures {
  readonly runs: readonly OpenLoop[];
  /** What the machine and the sender do to a service that does nothing. */
  readonly echo: readonly OpenLoop[];
  readonly memory: MemoryFigures;
}

type Times = Pick<Load, 'p50' | 'p99'>;

/** Milliseconds of requests that each have a moment of their own. */
interface OpenLoop {
  /** From that moment to the answer: what waits behind a pause of the service or of the sender counts. */
  readonly whole: Times;
  /** From when it was sent. */
  readonly answered: Times;
  /** From its moment to when it was sent: the sender's own share. */
  readonly late: Times;
}

interface MemoryFigures {
  /** Resident bytes after every list of requests. */
  readonly samples: readonly { readonly requests: number; readonly bytes: number }[];
  /** Bytes a request, by least squares after the warm-up. */
  readonly slope: number;
}

export async function benchSteady(serving: Serving): Promise<SteadyFigures> {
  const url = serving.url('decisions');
  const requestsTo = (to: string) => serving.bodies.map((body) => postOf(to, body));
  const requests = requestsTo(url);
  const runs: OpenLoop[] = [];
  const echo: OpenLoop[] = [];
  const server = await startEcho();
  try {
    for (let run = 0; run < RUNS; run++) {
      echo.push(await openLoop(server.url, requestsTo(`${server.url}/`)));
      runs.push(await openLoop(url, requests));
    }
  } finally {
    await server.stop();
  }
  return { runs, echo, memory: await measureMemory(serving.score.pid, url, requests) };
}

/** Sends each request at its own moment, whether earlier ones are answered or not. */
async function openLoop(url: string, requests: readonly Buffer[]): Promise<OpenLoop> {
  const idle = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(url)));
  const [whole, answered, late]: [number[], number[], number[]] = [[], [], []];
  const underWay: Promise<void>[] = [];
  const start = performance.now();
  const send = async (i: number) => {
    // The one that has rested longest, so that the server finds none idle for too long.
    const connection = idle.shift() ?? (await openConnection(url));
    const due = start + (i * 1000) / PER_SECOND;
    const sent = performance.now();
    await connection.send(requests[i % requests.length]!);
    const end = performance.now();
    late.push(sent - due);
    answered.push(end - sent);
    whole.push(end - due);
    idle.push(connection);
  };
  for (let i = 0; i < PER_SECOND * SECONDS; ) {
    const due = ((performance.now() - start) * PER_SECOND) / 1000;
    for (; i <= due && i < PER_SECOND * SECONDS; i++) underWay.push(send(i));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(underWay);
  for (const connection of idle) connection.close();
  return { whole: timesOf(whole), answered: timesOf(answered), late: timesOf(late) };
}

const timesOf = (times: readonly number[]): Times => ({
  p50: quantile(times, 0.5),
  p99: quantile(times, 0.99),
});

async function measureMemory(
  pid: number,
  url: string,
  requests: readonly Buffer[],
): Promise<MemoryFigures> {
  const samples: { requests: number; bytes: number }[] = [];
  for (let sent = 0; sent < MANY; sent += requests.length) {
    await measureLoad(url, requests, CONCURRENCY);
    samples.push({ requests: sent + requests.length, bytes: residentBytes(pid) });
  }
  return { samples, slope: slopeOf(samples.filter((sample) => sample.requests > WARM_UP)) };
}

function slopeOf(samples: MemoryFigures['samples']): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b) / numbers.length;
  const x = mean(samples.map((sample) => sample.requests));
  const y = mean(samples.map((sample) => sample.bytes));
  let [xy, xx] = [0, 0];
  for (const { requests, bytes } of samples) {
    xy += (requests - x) * (bytes - y);
    xx += (requests - x) ** 2;
  }
  return xy / xx;
}

export function describeSteady({ runs, echo, memory }: SteadyFigures): string {
  const line = (what: string, loops: readonly OpenLoop[], from: keyof OpenLoop) => {
    const all = (name: keyof Times) => loops.map((loop) => loop[from][name].toFixed(2)).join(', ');
    const most = median(loops.map((loop) => loop[from].p99)).toFixed(2);
    return `  ${what.padEnd(28)} p50 ${all('p50')} ms; p99 ${all('p99')} ms, median ${most} ms`;
  };
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const sizes = memory.samples.map(({ bytes }) => mib(bytes)).join(' ');
  return [
    `Decisions, ${PER_SECOND} a second that wait for nobody, ${RUNS} runs of ${SECONDS} s`,
    line('from when each was due', runs, 'whole'),
    line('from when it was sent', runs, 'answered'),
    line('sent late, by the sender', runs, 'late'),
    line('a bare echo, from when sent', echo, 'answered'),
    `Memory over ${MANY.toLocaleString('en')} decisions as fast as they go, ${CONCURRENCY} at a time, one run`,
    `  ${sizes} MiB resident; ${memory.slope.toFixed(1)} bytes a request after the first ${WARM_UP.toLocaleString('en')}`,
  ].join('\n');
}
