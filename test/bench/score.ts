/**
 * How many decisions one core makes, beside a bare functions-framework echo of the same bodies on
 * the same core; sender and local cloud on the other.
 */
import type { FunctionProcess } from '../start/services.ts';
import { postOf } from './connection.ts';
import { usedMicroseconds } from './cores.ts';
import { startEcho } from './echo_process.ts';
import { type Load, measureLoad, median } from './load.ts';
import type { Serving } from './serving.ts';

const ROUNDS = 5;
/** How many at a time, and how many in a round. Terraform lets 40 into an instance. */
const LOADS = [
  { concurrency: 1, requests: 1000 },
  { concurrency: 16, requests: 4000 },
  { concurrency: 40, requests: 8000 },
] as const;

/** Who answers what. */
interface Lane {
  readonly name: string;
  readonly server: FunctionProcess;
  readonly url: string;
  readonly requests: readonly Buffer[];
}

interface Measured extends Load {
  /** Processor time of the server for a request, in microseconds. */
  readonly cpu: number;
}

export interface ScoreComparison {
  readonly concurrency: number;
  readonly requests: number;
  /** By lane; the first is what the others are held against. */
  readonly lanes: ReadonlyMap<string, Measured>;
}

export async function benchScore(serving: Serving): Promise<ScoreComparison[]> {
  const echo = await startEcho();
  try {
    const lanes = lanesOf(serving, echo);
    const comparisons: ScoreComparison[] = [];
    for (const load of LOADS) comparisons.push(await compare(lanes, load));
    return comparisons;
  } finally {
    await echo.stop();
  }
}

function lanesOf({ score, url, bodies, approved }: Serving, echo: FunctionProcess): Lane[] {
  const lane = (name: string, server: FunctionProcess, to: string, some: readonly Buffer[]) => ({
    name,
    server,
    url: to,
    requests: some.map((body) => postOf(to, body)),
  });
  const alone = bodies.map((body) => Buffer.from(`{"applications":[${body}]}`));
  return [
    lane('bare echo', echo, `${echo.url}/`, bodies),
    lane('decision', score, url('decisions'), bodies),
    lane('approval, which has no reasons', score, url('decisions'), approved),
    lane('score alone, recorded nowhere', score, url('scores'), alone),
  ];
}

/** In turn, so that whatever else the machine does meets all of them; the first round warms up. */
async function compare(
  lanes: readonly Lane[],
  { concurrency, requests }: (typeof LOADS)[number],
): Promise<ScoreComparison> {
  const rounds = new Map(lanes.map(({ name }) => [name, [] as Measured[]]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const lane of lanes) {
      const measured = await measure(lane, concurrency, requests);
      if (round > 0) rounds.get(lane.name)!.push(measured);
    }
  }
  return {
    concurrency,
    requests,
    lanes: new Map([...rounds].map(([name, some]) => [name, medianOf(some)])),
  };
}

async function measure(lane: Lane, concurrency: number, most: number): Promise<Measured> {
  const { server, url } = lane;
  const requests = lane.requests.slice(0, most);
  const before = usedMicroseconds(server.pid);
  const load = await measureLoad(url, requests, concurrency);
  return { ...load, cpu: (usedMicroseconds(server.pid) - before) / requests.length };
}

const medianOf = (some: readonly Measured[]): Measured => ({
  requestsPerSecond: median(some.map((one) => one.requestsPerSecond)),
  p50: median(some.map((one) => one.p50)),
  p99: median(some.map((one) => one.p99)),
  cpu: median(some.map((one) => one.cpu)),
});

export function describeScore(comparisons: readonly ScoreComparison[]): string {
  const line = (name: string, one: Measured, first: Measured) => {
    const share = (one.requestsPerSecond / first.requestsPerSecond).toFixed(2);
    return (
      `  ${name.padEnd(31)} ${one.requestsPerSecond.toFixed(0).padStart(6)}/s (${share} of the echo; ` +
      `${(first.cpu / one.cpu).toFixed(2)} by processor time), p50 ${one.p50.toFixed(2)} ms, ` +
      `p99 ${one.p99.toFixed(2)} ms, ${one.cpu.toFixed(0)} µs of processor time`
    );
  };
  return [
    `Decisions, one core for the service, median of ${ROUNDS} rounds`,
    ...comparisons.flatMap(({ concurrency, requests, lanes }) => {
      const [[, first]] = [...lanes] as [[string, Measured]];
      return [
        ` ${concurrency} at a time, ${requests.toLocaleString('en')} a round`,
        ...[...lanes].map(([name, one]) => line(name, one, first)),
      ];
    }),
  ].join('\n');
}
