/** The stages of a start, each with a word of progress now and then. */
import { BigQuery } from '@google-cloud/bigquery';
import { CloudSchedulerClient } from '@google-cloud/scheduler';
import type { RunSummary as Ingested } from '../../functions/ingest/run.ts';
import type { RunSummary as Retrained } from '../../functions/retrain/run.ts';
import { daysBefore } from './days.ts';
import { schedule } from './provision.ts';
import { count } from './report.ts';
import { callFunction, type FunctionProcess, PROJECT, startFunction } from './services.ts';

export type { Ingested, Retrained };

type Environment = Readonly<Record<string, string>>;
type Progress = (text: string) => void;
type LogEntry = Record<string, unknown>;

/** Brings the simulated days into the raw tables. */
export async function ingestHistory(
  environment: Environment,
  request: { readonly portfolio: string; readonly until: string; readonly days: number },
  progress: Progress,
): Promise<Ingested> {
  const onLog = progressOf(progress, {
    landing: ({ stream, received }) => `${count(received as number)} ${stream}`,
    'a job is running': () => 'loading',
  });
  return withFunction('ingest', environment, onLog, ({ url }) =>
    callFunction<Ingested>(url, {
      portfolio: request.portfolio,
      start_date: daysBefore(request.until, request.days),
      end_date: daysBefore(request.until, 1),
    }),
  );
}

/** Trains, proves and deploys, as of the first moment after the simulated days. */
export async function retrainOnce(
  environment: Environment,
  request: { readonly portfolio: string; readonly until: string },
  progress: Progress,
): Promise<Retrained> {
  const onLog = progressOf(progress, {
    'snapshot taken': ({ rows }) => `snapshot ${JSON.stringify(rows)}`,
    training: ({ model }) => `training ${model}`,
    'a job is running': ({ iterations, of }) =>
      iterations ? `iteration ${iterations} of ${of}` : 'working',
    judged: () => 'converting to ONNX',
    'parity proven': ({ rows }) => `parity proven on ${rows} applications`,
  });
  return withFunction('retrain', environment, onLog, ({ url }) =>
    callFunction<Retrained>(url, {
      portfolio: request.portfolio,
      as_of: `${request.until}T00:00:00Z`,
      actor: 'npm start',
    }),
  );
}

/** The function's own progress, in words, as its log tells it. */
const progressOf =
  (progress: Progress, texts: Readonly<Record<string, (entry: LogEntry) => string>>) =>
  (entry: LogEntry) => {
    const text = texts[String(entry.message)]?.(entry);
    if (text !== undefined) progress(text);
  };

async function withFunction<T>(
  name: 'ingest' | 'retrain',
  environment: Environment,
  onLog: (entry: LogEntry) => void,
  use: (fn: FunctionProcess) => Promise<T>,
): Promise<T> {
  const fn = await startFunction(name, environment, { onLog });
  try {
    return await use(fn);
  } finally {
    await fn.stop();
  }
}

/** Waits until Pub/Sub has carried an event of every decision into the warehouse. */
export async function awaitEvents(expected: number, progress: Progress): Promise<void> {
  const bigquery = new BigQuery({ projectId: PROJECT });
  for (let patience = 240; ; patience--) {
    const [[row]] = await bigquery.query(
      'SELECT COUNT(DISTINCT decision_id) AS events FROM flit.decisions',
    );
    progress(`${count(row.events)} of ${count(expected)}`);
    if (row.events >= expected) return;
    if (patience === 0) throw new Error(`only ${row.events} of ${expected} events arrived`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Hands the functions over to Cloud Scheduler's clock. */
export async function handToScheduler(
  portfolio: string,
  urls: { readonly ingest: string; readonly retrain: string },
): Promise<void> {
  const endpoint = new URL(`http://${process.env.CLOUD_SCHEDULER_EMULATOR_HOST}`);
  const client = new CloudSchedulerClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: endpoint.hostname,
    port: Number(endpoint.port),
  });
  await schedule(client, PROJECT, portfolio, urls);
  await client.close();
}
