/**
 * How many decisions one core makes, beside a bare functions-framework echo of the same bodies on
 * the same core; sender and local cloud on the other.
 */
import { PubSub } from '@google-cloud/pubsub';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';
import type { Child } from '../start/child.ts';
import { provision } from '../start/provision.ts';
import {
  functionEnvironment,
  PROJECT,
  startCloudProcess,
  startFunction,
} from '../start/services.ts';
import { ingestHistory, retrainOnce } from '../start/stages.ts';
import { requestsOf } from '../start/traffic.ts';
import { startWorldProcess } from '../start/world.ts';
import { type Load, measureLoad, median } from './load.ts';

const PORTFOLIO = 'bnpl';
const DAYS = { days: 70, until: '2026-08-30' };
const REQUESTS = 4000;
const ROUNDS = 5;
const CONCURRENCIES = [1, 16] as const;
const SERVER_CORE = 0;

export interface ScoreComparison {
  readonly concurrency: number;
  readonly rounds: number;
  readonly echo: Load;
  readonly score: Load;
}

export async function benchScore(say: (text: string) => void): Promise<ScoreComparison[]> {
  const children: Child[] = [];
  const keep = <C extends Child>(child: C): C => {
    children.push(child);
    return child;
  };
  try {
    const cloud = keep(await startCloudProcess());
    Object.assign(process.env, cloud.environment);
    const portfolio = await findPortfolio('sql', PORTFOLIO);
    const options = { ...DAYS, data: undefined, dailyVolume: 300, seed: 7, directory: '' };
    const { source, stop } = await startWorldProcess(options, portfolio);
    const environment = functionEnvironment(cloud, PORTFOLIO, source);
    await provision(PROJECT, portfolio);
    // The service waits for Pub/Sub's word; what Pub/Sub does then is not its affair.
    await new PubSub({ projectId: PROJECT }).subscription('decisions-to-bigquery').delete();
    await ingestHistory(environment.ingest, { portfolio: PORTFOLIO, ...DAYS }, say);
    await retrainOnce(environment.retrain, { portfolio: PORTFOLIO, ...DAYS }, say);
    const range = { start: '2026-08-30', end: '2026-09-20' };
    const requests = await requestsOf(portfolio, source, range, REQUESTS);
    await stop();
    const bodies = requests.map((request) => Buffer.from(JSON.stringify(request)));
    const core = { core: SERVER_CORE };
    const score = keep(await startFunction('score', environment.score, core));
    const echo = keep(
      await startFunction(
        'echo',
        { NODE_ENV: 'production' },
        { ...core, source: 'test/bench/echo.ts' },
      ),
    );
    const urls = { echo: echo.url, score: `${score.url}/v1/${PORTFOLIO}/decisions` };
    await measureLoad(urls.score, bodies, 4);
    await measureLoad(urls.echo, bodies, 4);
    const comparisons: ScoreComparison[] = [];
    for (const concurrency of CONCURRENCIES) {
      comparisons.push(await compare(urls, bodies, concurrency));
    }
    return comparisons;
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** In turn, so that whatever else the machine does meets both. */
async function compare(
  urls: { readonly echo: string; readonly score: string },
  bodies: readonly Buffer[],
  concurrency: number,
): Promise<ScoreComparison> {
  const rounds = { echo: [] as Load[], score: [] as Load[] };
  for (let round = 0; round < ROUNDS; round++) {
    rounds.echo.push(await measureLoad(urls.echo, bodies, concurrency));
    rounds.score.push(await measureLoad(urls.score, bodies, concurrency));
  }
  return {
    concurrency,
    rounds: ROUNDS,
    echo: medianOf(rounds.echo),
    score: medianOf(rounds.score),
  };
}

const medianOf = (loads: readonly Load[]): Load => ({
  requestsPerSecond: median(loads.map((load) => load.requestsPerSecond)),
  p50: median(loads.map((load) => load.p50)),
  p99: median(loads.map((load) => load.p99)),
});

export function describeScore(comparisons: readonly ScoreComparison[]): string {
  const line = (who: string, { requestsPerSecond, p50, p99 }: Load) =>
    `  ${who.padEnd(14)} ${requestsPerSecond.toFixed(0)} requests/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
  return [
    `Decisions, one core for the service, median of ${comparisons[0]?.rounds} rounds of ${REQUESTS} requests`,
    ...comparisons.flatMap(({ concurrency, echo, score }) => [
      ` ${concurrency} at a time`,
      line('bare echo', echo),
      line('score', score),
      `  ${(score.requestsPerSecond / echo.requestsPerSecond).toFixed(2)} of the echo`,
    ]),
  ].join('\n');
}
