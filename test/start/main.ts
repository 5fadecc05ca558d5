/** `npm start`: ninety days of business become a served model and real decisions, on a local Google Cloud. */
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '../../functions/ingest/source.ts';
import { findPortfolio, type Portfolio } from '../../shared/portfolio/portfolio.ts';
import { bestAttainableAuc } from './attainable.ts';
import type { Child } from './child.ts';
import { daysBefore } from './days.ts';
import { parseOptions, type StartOptions, USAGE, UsageError } from './options.ts';
import { printDecisions, printIngested, printModel } from './print.ts';
import { provision } from './provision.ts';
import { count, createReport, type Report } from './report.ts';
import { functionEnvironment, PROJECT, startCloudProcess, startFunction } from './services.ts';
import { awaitEvents, handToScheduler, ingestHistory, retrainOnce } from './stages.ts';
import { requestsOf, send } from './traffic.ts';
import { startWorldProcess } from './world.ts';

const CONCURRENCY = 8;
/** The first requests load the model and warm the code up; they are not timed. */
const WARM_UP = 50;

async function main(argv: readonly string[]): Promise<number> {
  const report = createReport(
    (text) => process.stdout.write(text),
    process.stdout.isTTY === true,
    () => performance.now(),
  );
  const children: Child[] = [];
  try {
    const options = parseOptions(argv, new Date().toISOString().slice(0, 10));
    const portfolio = await findPortfolio('sql', options.portfolio);
    await start(options, portfolio, report, (child) => {
      children.push(child);
      return child;
    });
    return 0;
  } catch (error) {
    report.line();
    report.line(`✗ ${(error as Error).message}`);
    if (error instanceof UsageError) report.line(`\n${USAGE}`);
    return 1;
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** Keeps a process to be stopped in the end. */
type Keep = <C extends Child>(child: C) => C;

async function start(
  options: StartOptions,
  portfolio: Portfolio,
  report: Report,
  keep: Keep,
): Promise<void> {
  report.line(`${portfolio.title}: ${options.days} days until ${options.until}\n`);
  if (!options.keep) await rm(options.directory, { recursive: true, force: true });
  const cloud = await report.step('A Google Cloud of your own', async () =>
    keep(await startCloudProcess(join(options.directory, 'cloud'))),
  );
  Object.assign(process.env, cloud.environment);
  const { source } = await report.step('A world of customers', async () =>
    keep(await startWorldProcess(options, portfolio)),
  );
  await report.step('Datasets, buckets, topics', () => provision(PROJECT, portfolio));
  const environment = functionEnvironment(cloud, portfolio.id, source);
  await learn(options, portfolio, report, environment, source);
  await serve(options, portfolio, report, keep, environment.score, source);
  if (options.once) return;

  const ingest = keep(await startFunction('ingest', environment.ingest, {}));
  const retrain = keep(await startFunction('retrain', environment.retrain, {}));
  await handToScheduler(portfolio.id, { ingest: ingest.url, retrain: retrain.url });
  report.line('Cloud Scheduler ingests every day at 01:15 and retrains on Mondays at 02:30 (UTC).');
  report.line('Ctrl-C stops everything.');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

/** From the business's records to a promoted version. */
async function learn(
  options: StartOptions,
  portfolio: Portfolio,
  report: Report,
  environment: ReturnType<typeof functionEnvironment>,
  source: Source,
): Promise<void> {
  const request = { portfolio: portfolio.id, until: options.until, days: options.days };
  const ingested = await report.step('Ingest: records into raw tables', (progress) =>
    ingestHistory(environment.ingest, request, progress),
  );
  printIngested(report, ingested);
  const retrained = await report.step('Retrain: BigQuery ML, then ONNX, then proof', (progress) =>
    retrainOnce(environment.retrain, request, progress),
  );
  const best =
    options.data === undefined
      ? await bestAttainableAuc(PROJECT, portfolio.id, retrained.version, source)
      : undefined;
  printModel(report, portfolio, retrained, best);
  if (retrained.promotion === 'refused by its gates') {
    throw new Error(`Version ${retrained.version} was refused by its gates, so nothing serves.`);
  }
}

/** Decides on checkouts that nothing was trained on, and tells how to ask for one more. */
async function serve(
  options: StartOptions,
  portfolio: Portfolio,
  report: Report,
  keep: Keep,
  environment: Readonly<Record<string, string>>,
  source: Source,
): Promise<void> {
  const { url } = await report.step('Score: the decision service', async () =>
    keep(await startFunction('score', environment, { port: options.port })),
  );
  const endpoint = `${url}/v1/${portfolio.id}/decisions`;
  const requests = await requestsOf(portfolio, source, daysOf(options), options.checkouts);
  const warmUp = requests.slice(0, WARM_UP);
  const traffic = await report.step(
    `${count(requests.length)} decisions, ${CONCURRENCY} at a time`,
    async (progress) => {
      await send(endpoint, warmUp, 1, () => {});
      return send(endpoint, requests, CONCURRENCY, (done) => progress(count(done)));
    },
  );
  printDecisions(report, traffic);
  await report.step('Decision events in BigQuery', (progress) =>
    awaitEvents(warmUp.length + requests.length, progress),
  );
  const file = join(options.directory, 'application.json');
  await writeFile(file, `${JSON.stringify(requests[0], null, 2)}\n`);
  report.line('\nAsk for a decision from another terminal:\n');
  report.line(`  curl -s ${endpoint} -H 'content-type: application/json' -d @${file}\n`);
}

/** The days after the simulated ones; a file has only its own. */
const daysOf = ({ until, days, data }: StartOptions) =>
  data === undefined
    ? { start: until, end: daysBefore(until, -2) }
    : { start: daysBefore(until, days), end: daysBefore(until, 1) };

process.exitCode = await main(process.argv.slice(2));
process.exit();
