/** `npm start`: ninety days of business become a served model and real decisions, on a local Google Cloud. */
import { glob, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Source } from '../../functions/ingest/source.ts';
import { findPortfolio, type Portfolio } from '../../shared/portfolio/portfolio.ts';
import { bestAttainableAuc } from './attainable.ts';
import { changedSource, showChange } from './change.ts';
import { stopChildren } from './child.ts';
import { daysBefore } from './days.ts';
import { CONTENTS, emptyDirectory } from './directory.ts';
import { type Endings, Interrupted, watchEndings } from './ending.ts';
import { parseOptions, type StartOptions, USAGE, UsageError } from './options.ts';
import { curlLine, exportLines, printDecisions, printIngested, printModel } from './print.ts';
import { provision, pushShards } from './provision.ts';
import { count, createReport, type Report } from './report.ts';
import { functionEnvironment, PROJECT, startCloudProcess, startFunction } from './services.ts';
import { awaitEvents, handToScheduler, ingestDays, retrainOnce } from './stages.ts';
import { requestsOf, send, servedVersion, tellCases } from './traffic.ts';
import { startWorldProcess } from './world.ts';

const SQL = 'sql';
const CONCURRENCY = 8;
/** The first requests load the model and warm the code up; they are not timed. */
const WARM_UP = 50;

async function main(argv: readonly string[]): Promise<number> {
  const report = createReport(
    (text) => process.stdout.write(text),
    () => (process.stdout.isTTY ? process.stdout.columns || 80 : undefined),
    () => performance.now(),
  );
  const endings = watchEndings();
  try {
    const options = parseOptions(argv, new Date().toISOString().slice(0, 10), await portfolios());
    if (options === 'help') report.line(USAGE);
    else await start(options, report, endings);
    return 0;
  } catch (error) {
    const { message } = error as Error;
    const usage = error instanceof UsageError ? `\n${USAGE}\n` : '';
    process.stderr.write(`\n✗ ${message}\n${usage}`);
    return error instanceof Interrupted ? error.exitCode : 1;
  } finally {
    await stopChildren();
  }
}

async function start(options: StartOptions, report: Report, endings: Endings): Promise<void> {
  if (options.data !== undefined) await checkFile(options.data);
  const portfolio = await findPortfolio(SQL, options.portfolio);
  if (!options.keep) await emptyDirectory(options.directory);
  report.line(`${portfolio.title}: ${options.days} days until ${options.until}\n`);
  await endings.before(run(options, portfolio, report));
  if (options.once) return;
  report.line('Ctrl-C stops everything.');
  await endings.asked();
  report.line('\nStopping.');
}

async function run(options: StartOptions, portfolio: Portfolio, report: Report): Promise<void> {
  const cloud = await report.step('A Google Cloud of your own', () =>
    startCloudProcess(join(options.directory, CONTENTS.cloud)),
  );
  Object.assign(process.env, cloud.environment);
  const { source } = await report.step('A world of customers', () =>
    startWorldProcess(options, portfolio),
  );
  await report.step('Datasets, buckets, topics', () => provision(PROJECT, portfolio));
  const environment = functionEnvironment(cloud, portfolio.id, source);
  await learn(options, portfolio, report, environment, source);
  await serve(options, portfolio, report, environment.score, source);
  // A file has no days after its own.
  const simulated = options.data === undefined;
  const later = simulated
    ? functionEnvironment(cloud, portfolio.id, changedSource(source, options.until))
    : environment;
  if (simulated) await showChange(options, report, later);
  if (options.once) return;

  const [ingest, drift, retrain] = await Promise.all(
    (['ingest', 'drift', 'retrain'] as const).map((name) => startFunction(name, later[name], {})),
  );
  const urls = { ingest: ingest!.url, drift: drift!.url, retrain: retrain!.url };
  await handToScheduler(PROJECT, portfolio.id, urls);
  const worker = await startFunction('batch-score', environment['batch-score'], {});
  await pushShards(PROJECT, worker.url);
  report.line(
    'Cloud Scheduler ingests every day at 01:15, looks for drift at 05:30 and retrains on Mondays ' +
      'at 02:30 (UTC).',
  );
  const file = resolve(options.directory, CONTENTS.environment);
  await writeFile(
    file,
    exportLines({ ...environment.retrain, ...environment['batch-plan'], SQL_DIRECTORY: SQL }),
  );
  report.line(
    `\nnpm run registry, in a shell that has read this file, changes what serves, and npm run batch scores files:\n\n  . ${file}\n`,
  );
}

/** From the business's records to a promoted version. */
async function learn(
  options: StartOptions,
  portfolio: Portfolio,
  report: Report,
  environment: ReturnType<typeof functionEnvironment>,
  source: Source,
): Promise<void> {
  const request = { portfolio: portfolio.id, until: options.until };
  const days = {
    start: daysBefore(options.until, options.days),
    end: daysBefore(options.until, 1),
  };
  const ingested = await report.step('Ingest: records into raw tables', (progress) =>
    ingestDays(environment.ingest, portfolio.id, days, progress),
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
    throw new Error(
      `Version ${retrained.version} was refused by its gates, so nothing new serves. ` +
        'More data may mend it: more --days or a larger --volume, or more rows in the file.',
    );
  }
}

/** Decides on checkouts, of the simulated ones on those of the days after, and tells how to ask for one more. */
async function serve(
  options: StartOptions,
  portfolio: Portfolio,
  report: Report,
  environment: Readonly<Record<string, string>>,
  source: Source,
): Promise<void> {
  const service = await report.step('Score: the decision service', async () => {
    const { url } = await startFunction('score', environment, { port: options.port });
    return { url, version: await servedVersion(url, portfolio.id) };
  });
  report.line(`    ${service.version} serves at ${service.url}`);
  const endpoint = `${service.url}/v1/${portfolio.id}/decisions`;
  const requests = await requestsOf(portfolio, source, daysOf(options), options.checkouts);
  if (requests.length === 0) throw new Error('There are no checkouts to decide on in these days.');
  const warmUp = requests.slice(0, WARM_UP);
  const since = new Date();
  const traffic = await report.step(
    `${count(requests.length)} decisions, ${CONCURRENCY} at a time`,
    async (progress) => {
      await send(endpoint, warmUp, 1, () => {});
      return send(endpoint, requests, CONCURRENCY, (done) => progress(count(done)));
    },
  );
  printDecisions(report, traffic);
  if (portfolio.source.reviews !== undefined) await tellCases(source, traffic.decisions);
  await report.step('Decision events in BigQuery', (progress) =>
    awaitEvents(warmUp.length + requests.length, since, progress),
  );
  const file = resolve(options.directory, CONTENTS.application);
  await writeFile(file, `${JSON.stringify(requests[0], null, 2)}\n`);
  const invitation = options.once ? 'Without --once the service stays up and answers' : 'Ask it';
  report.line(`\n${invitation} from another terminal:\n\n  ${curlLine(endpoint, file)}\n`);
}

/** The days after the simulated ones; a file has only its own. */
const daysOf = ({ until, days, data }: StartOptions) =>
  data === undefined
    ? { start: until, end: daysBefore(until, -2) }
    : { start: daysBefore(until, days), end: daysBefore(until, 1) };

async function portfolios(): Promise<string[]> {
  const ids: string[] = [];
  for await (const path of glob(`${SQL}/*/portfolio.json`)) ids.push(basename(dirname(path)));
  return ids.sort();
}

/** Before anything is emptied for it. */
async function checkFile(path: string): Promise<void> {
  try {
    if ((await stat(path)).isFile()) return;
  } catch (error) {
    throw new UsageError(`--data: ${(error as Error).message}.`, { cause: error });
  }
  throw new UsageError(`--data: ${path} is no file.`);
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
