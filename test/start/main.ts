/** `npm start`: ninety days of business become a served model and real decisions, on a local Google Cloud. */

import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { CloudSchedulerClient } from '@google-cloud/scheduler';
import type { RunSummary as Ingested } from '../../functions/ingest/run.ts';
import type { Source } from '../../functions/ingest/source.ts';
import type { RunSummary as Retrained } from '../../functions/retrain/run.ts';
import { findPortfolio, type Portfolio } from '../../shared/portfolio/portfolio.ts';
import { bestAttainableAuc } from './attainable.ts';
import type { Child } from './child.ts';
import { daysBefore } from './days.ts';
import { parseOptions, type StartOptions, USAGE, UsageError } from './options.ts';
import { provision, schedule } from './provision.ts';
import { count, createReport, percent, type Report, StepError } from './report.ts';
import {
  callFunction,
  functionEnvironment,
  PROJECT,
  startCloudProcess,
  startFunction,
} from './services.ts';
import { type Decided, quantile, requestsOf, send, type Traffic } from './traffic.ts';
import { startWorldProcess } from './world.ts';

const CONCURRENCY = 8;

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
    await start(options, portfolio, report, children);
    return 0;
  } catch (error) {
    tell(error, report);
    return 1;
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

function tell(error: unknown, report: Report): void {
  report.line();
  if (error instanceof UsageError) report.line(`${error.message}\n\n${USAGE}`);
  else if (error instanceof StepError) report.line(`✗ ${error.message}`);
  else report.line(`✗ ${(error as Error).message}`);
}

async function start(
  options: StartOptions,
  portfolio: Portfolio,
  report: Report,
  children: Child[],
): Promise<void> {
  const run = <C extends Child>(child: C): C => {
    children.push(child);
    return child;
  };
  report.line(`${portfolio.title}: ${options.days} days until ${options.until}\n`);
  if (!options.keep) await rm(options.directory, { recursive: true, force: true });
  const cloud = await report.step('a Google Cloud of your own', async () =>
    run(await startCloudProcess(join(options.directory, 'cloud'))),
  );
  Object.assign(process.env, cloud.environment);
  const world = await report.step('a world of customers', async () =>
    run(await startWorldProcess(options, portfolio)),
  );
  const environment = functionEnvironment(cloud, portfolio.id, world.source);
  await report.step('datasets, buckets, topics', () => provision(PROJECT, portfolio));

  await ingestHistory(options, portfolio, report, environment.ingest, run);
  const version = await retrainOnce(
    options,
    portfolio,
    report,
    environment.retrain,
    run,
    world.source,
  );
  const score = await decideOnTraffic(
    options,
    portfolio,
    report,
    environment.score,
    run,
    world.source,
  );
  await countEvents(report, options.checkouts);
  report.line(`\nServing ${version} at ${score}. Try it from another terminal:\n`);
  await printCurl(options, portfolio, report, score, world.source);
  if (options.once) return;
  await stayUp(report, portfolio, environment, run);
}

type Run = <C extends Child>(child: C) => C;

/** Prints the function's own progress while it works. */
const progressOf =
  (
    progress: (text: string) => void,
    texts: Readonly<Record<string, (entry: Record<string, unknown>) => string>>,
  ) =>
  (entry: Record<string, unknown>) => {
    const text = texts[String(entry.message)]?.(entry);
    if (text !== undefined) progress(text);
  };

async function ingestHistory(
  options: StartOptions,
  portfolio: Portfolio,
  report: Report,
  environment: Record<string, string>,
  run: Run,
): Promise<void> {
  const summary = await report.step('ingest: records into raw tables', async (progress) => {
    const fn = run(
      await startFunction('ingest', environment, {
        onLog: progressOf(progress, {
          landing: ({ stream, received }) => `${count(received as number)} ${stream}`,
          'a job is running': ({ job }) => `${job}`,
        }),
      }),
    );
    const range = {
      start_date: daysBefore(options.until, options.days),
      end_date: daysBefore(options.until, 1),
    };
    const result = await callFunction<Ingested>(fn.url, { portfolio: portfolio.id, ...range });
    await fn.stop();
    return result;
  });
  for (const stream of ['applications', 'outcomes'] as const) {
    const { received, accepted, quarantined } = summary[stream];
    report.line(
      `    ${stream}: ${count(received)} received, ${count(accepted)} accepted, ${count(quarantined)} quarantined`,
    );
  }
}

async function retrainOnce(
  options: StartOptions,
  portfolio: Portfolio,
  report: Report,
  environment: Record<string, string>,
  run: Run,
  source: Source,
): Promise<string> {
  const summary = await report.step(
    'retrain: BigQuery ML, then ONNX, then proof',
    async (progress) => {
      const fn = run(
        await startFunction('retrain', environment, {
          onLog: progressOf(progress, {
            'snapshot taken': ({ rows }) => `snapshot ${JSON.stringify(rows)}`,
            training: ({ model }) => `training ${model}`,
            'a job is running': ({ iterations, of }) =>
              iterations ? `iteration ${iterations} of ${of}` : 'working',
            judged: () => 'converting to ONNX',
            'parity proven': ({ rows }) => `parity proven on ${rows} applications`,
          }),
        }),
      );
      const result = await callFunction<Retrained>(fn.url, {
        portfolio: portfolio.id,
        as_of: `${options.until}T00:00:00Z`,
        actor: 'npm start',
      });
      await fn.stop();
      return result;
    },
  );
  await printModel(report, portfolio, summary, source);
  if (summary.promotion === 'refused by its gates') {
    throw new Error(`Version ${summary.version} was refused by its gates, so nothing serves.`);
  }
  return summary.version;
}

async function printModel(
  report: Report,
  portfolio: Portfolio,
  summary: Retrained,
  source: Source,
): Promise<void> {
  const { metrics, rows, excluded, parity, gates, promotion, version } = summary;
  report.line(`    rows: ${JSON.stringify(rows)}, left out: ${JSON.stringify(excluded)}`);
  const how = portfolio.validation.kind === 'folds' ? 'out-of-fold' : 'out-of-time';
  report.line(
    `\n  ${how} test of ${version}: ${count(metrics.rows)} applications, ${percent(metrics.bad_rate)} bad\n`,
  );
  const best =
    portfolio.id === 'bnpl'
      ? await bestAttainableAuc(PROJECT, portfolio.id, version, source)
      : undefined;
  report.table(
    [
      'AUC',
      ...(best ? ['best attainable', 'share of it'] : []),
      'KS',
      'Gini',
      'PR-AUC',
      'Brier',
      'mean PD',
    ],
    [
      [
        metrics.auc.toFixed(4),
        ...(best ? [best.toFixed(4), percent(metrics.auc / best)] : []),
        metrics.ks.toFixed(4),
        metrics.gini.toFixed(4),
        metrics.pr_auc.toFixed(4),
        metrics.brier.toFixed(4),
        percent(metrics.mean_pd, 2),
      ],
    ],
  );
  report.line();
  report.table(
    ['gate', 'figure', 'limit', ''],
    gates.map(({ gate, figure, limit, passed }) => [
      gate,
      figure === null ? 'missing' : figure.toPrecision(3),
      limit.toPrecision(3),
      passed ? 'passed' : 'FAILED',
    ]),
  );
  report.line(
    `\n  warehouse and ONNX agree on ${count(parity.rows)} applications to ${parity.largest_difference.toExponential(1)}; ${promotion}\n`,
  );
}

async function decideOnTraffic(
  options: StartOptions,
  portfolio: Portfolio,
  report: Report,
  environment: Record<string, string>,
  run: Run,
  source: Source,
): Promise<string> {
  const score = await report.step('score: the decision service', async () =>
    run(await startFunction('score', environment, { port: options.port })),
  );
  const url = `${score.url}/v1/${portfolio.id}/decisions`;
  const requests = await newRequests(options, portfolio, source, options.checkouts);
  const traffic = await report.step(
    `${count(requests.length)} decisions, ${CONCURRENCY} at a time`,
    async (progress) => {
      // The first requests load the model and warm the code up; they are not timed.
      await send(url, requests.slice(0, 50), 1, () => {});
      return send(url, requests, CONCURRENCY, (done) => progress(count(done)));
    },
  );
  printDecisions(report, traffic);
  return score.url;
}

/** The day after the history: checkouts that nothing was trained on. */
const newRequests = (options: StartOptions, portfolio: Portfolio, source: Source, most: number) =>
  requestsOf(
    portfolio,
    source,
    portfolio.id === 'bnpl'
      ? { start: options.until, end: daysBefore(options.until, -2) }
      : { start: daysBefore(options.until, options.days), end: daysBefore(options.until, 1) },
    most,
  );

function printDecisions(report: Report, { decisions, seconds }: Traffic): void {
  const pd = ({ answer }: Decided) =>
    answer.probability_of_default === null ? '-' : percent(answer.probability_of_default, 2);
  const examples = ['approve', 'review', 'decline'].flatMap((outcome) =>
    decisions.filter(({ answer }) => answer.outcome === outcome).slice(0, 3),
  );
  report.line();
  report.table(
    ['application', 'PD', 'outcome', 'principal reason'],
    examples.map((decided) => [
      decided.answer.application_id,
      pd(decided),
      decided.answer.outcome,
      decided.answer.reasons[0]?.text ?? '',
    ]),
  );
  const outcomes = ['approve', 'review', 'decline'].map((outcome) => {
    const n = decisions.filter(({ answer }) => answer.outcome === outcome).length;
    return `${outcome} ${percent(n / decisions.length)}`;
  });
  const times = decisions.map(({ milliseconds }) => milliseconds);
  report.line(`\n  ${outcomes.join(', ')}`);
  report.line(
    `  ${count(Math.round(decisions.length / seconds))} decisions a second; latency p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, sender on the same machine\n`,
  );
}

/** Every answer left an event behind: Pub/Sub carries it into the warehouse. */
async function countEvents(report: Report, expected: number): Promise<void> {
  const bigquery = new BigQuery({ projectId: PROJECT });
  await report.step('decision events in BigQuery', async (progress) => {
    for (;;) {
      const [[row]] = await bigquery.query(
        'SELECT COUNT(DISTINCT decision_id) AS n FROM flit.decisions',
      );
      progress(count(row.n));
      if (row.n >= expected) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  });
}

async function printCurl(
  options: StartOptions,
  portfolio: Portfolio,
  report: Report,
  url: string,
  source: Source,
): Promise<void> {
  const [request] = await newRequests(options, portfolio, source, 1);
  const file = join(options.directory, 'application.json');
  await writeFile(file, `${JSON.stringify(request, null, 2)}\n`);
  report.line(
    `  curl -s ${url}/v1/${portfolio.id}/decisions -H 'content-type: application/json' -d @${file}\n`,
  );
}

/** Keeps the functions up and lets Cloud Scheduler's clock run until somebody stops it. */
async function stayUp(
  report: Report,
  portfolio: Portfolio,
  environment: { ingest: Record<string, string>; retrain: Record<string, string> },
  run: Run,
): Promise<void> {
  const ingest = run(await startFunction('ingest', environment.ingest, {}));
  const retrain = run(await startFunction('retrain', environment.retrain, {}));
  const endpoint = new URL(`http://${process.env.CLOUD_SCHEDULER_EMULATOR_HOST}`);
  const client = new CloudSchedulerClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: endpoint.hostname,
    port: Number(endpoint.port),
  });
  await schedule(client, PROJECT, portfolio.id, { ingest: ingest.url, retrain: retrain.url });
  report.line(
    'Cloud Scheduler ingests daily at 01:15 and retrains on Mondays at 02:30 (UTC). Stop with Ctrl-C.',
  );
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
