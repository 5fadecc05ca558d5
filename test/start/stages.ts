/** The stages of a start, each with a word of progress now and then. */
import { BigQuery, BigQueryTimestamp } from '@google-cloud/bigquery';
import { CloudSchedulerClient } from '@google-cloud/scheduler';
import type { RunSummary as Ingested } from '../../functions/ingest/run.ts';
import type { RunSummary as Retrained } from '../../functions/retrain/run.ts';
import { callFunction, FunctionProblem } from './call.ts';
import { isGrave, type LogEntry, logText } from './log_line.ts';
import { schedule } from './provision.ts';
import { count } from './report.ts';
import { type FunctionProcess, PROJECT, startFunction } from './services.ts';

export type { Ingested, Retrained };

type Environment = Readonly<Record<string, string>>;
type Progress = (text: string) => void;

/** Days to ingest, both included. */
interface Days {
  readonly start: string;
  readonly end: string;
  /** When Cloud Scheduler would have had them ingested; now unless said. */
  readonly due?: string;
}

/** Brings simulated days into the raw tables. */
export async function ingestDays(
  environment: Environment,
  portfolio: string,
  days: Days,
  progress: Progress,
): Promise<Ingested> {
  const onLog = progressOf(progress, {
    landing: ({ stream, received }) => `${count(received as number)} ${stream}`,
    'a job is running': () => 'loading',
  });
  return withFunction('ingest', environment, onLog, async ({ url }) => {
    const ask = () =>
      callFunction<Ingested>(
        url,
        { portfolio, start_date: days.start, end_date: days.end },
        days.due === undefined ? {} : { 'x-cloudscheduler-scheduletime': days.due },
      );
    let all = await ask();
    while (all.state === 'unfinished') all = sumOf(all, await ask());
    return all;
  });
}

/** Two calls of which the second went on where the first had no more time. */
function sumOf(first: Ingested, second: Ingested): Ingested {
  const add = <K extends string>(one: Record<K, number>, other: Record<K, number>) =>
    Object.fromEntries(
      Object.entries<number>(one).map(([key, n]) => [key, n + other[key as K]]),
    ) as Record<K, number>;
  return {
    ...second,
    days: { ...second.days, ingested: first.days.ingested + second.days.ingested },
    applications: add(first.applications, second.applications),
    outcomes: add(first.outcomes, second.outcomes),
    quality: add(first.quality, second.quality),
  };
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
      iterations ? `iteration ${iterations}${of ? ` of ${of}` : ''}` : 'working',
    judged: () => 'converting to ONNX',
    'parity proven': ({ rows }) => `parity proven on ${rows} applications`,
  });
  return withFunction('retrain', environment, onLog, ({ url }) => askToRetrain(url, request));
}

/** Asks the function until there is a version. */
export async function askToRetrain(
  url: string,
  { portfolio, until }: { readonly portfolio: string; readonly until: string },
): Promise<Retrained> {
  const call = { portfolio, as_of: `${until}T00:00:00Z`, actor: 'npm start' };
  for (;;) {
    // A call that has no time left says how far it is: the next one goes on.
    const answer = await callFunction<Retrained | { state: 'training' }>(url, call);
    if (!('state' in answer)) return answer;
  }
}

/** The function's own progress, in words, as its log tells it. */
const progressOf =
  (progress: Progress, texts: Readonly<Record<string, (entry: LogEntry) => string>>) =>
  (entry: LogEntry) => {
    const text = texts[String(entry.message)]?.(entry);
    if (text !== undefined) progress(text);
  };

/** Starts a function for as long as it is used. An internal error is told with what its log has of it. */
export async function withFunction<T>(
  name: 'drift' | 'ingest' | 'retrain',
  environment: Environment,
  onLog: (entry: LogEntry) => void,
  use: (fn: FunctionProcess) => Promise<T>,
): Promise<T> {
  let complaint: LogEntry | undefined;
  const fn = await startFunction(name, environment, {
    onLog(entry) {
      if (isGrave(entry)) complaint = entry;
      onLog(entry);
    },
  });
  try {
    return await use(fn);
  } catch (error) {
    // What it said of an internal error may still be on its way.
    await fn.stop();
    const hidden = error instanceof FunctionProblem && error.internal && complaint;
    if (!hidden) throw error;
    throw new Error(`${error.message}\n${logText(hidden)}`, { cause: error });
  } finally {
    await fn.stop();
  }
}

/** How often the warehouse is asked for new events, and for how many times in vain. */
const ASK_EVERY_MS = 250;
const PATIENCE = 240;

/**
 * Waits until Pub/Sub has carried an event of every decision into the warehouse.
 * @param since when the first of the decisions was asked for
 */
export async function awaitEvents(
  expected: number,
  since: Date,
  progress: Progress,
): Promise<void> {
  const bigquery = new BigQuery({ projectId: PROJECT });
  const query = {
    query:
      'SELECT COUNT(DISTINCT decision_id) AS events FROM flit.decisions WHERE decided_at >= @since',
    params: { since: new BigQueryTimestamp(since) },
  };
  let last = 0;
  for (let patience = PATIENCE; patience > 0; patience--) {
    const [[row]] = await bigquery.query(query);
    progress(`${count(row.events)} of ${count(expected)}`);
    if (row.events >= expected) return;
    if (row.events > last) patience = PATIENCE;
    last = row.events;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  throw new Error(
    `Only ${count(last)} of ${count(expected)} events arrived: the subscription ` +
      'decisions-to-bigquery does not deliver.',
  );
}

/** Hands functions over to Cloud Scheduler's clock. @param asOf what they take for now; now unless said */
export async function handToScheduler(
  projectId: string,
  portfolio: string,
  urls: Parameters<typeof schedule>[3],
  asOf?: string,
): Promise<void> {
  const endpoint = new URL(`http://${process.env.CLOUD_SCHEDULER_EMULATOR_HOST}`);
  const client = new CloudSchedulerClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: endpoint.hostname,
    port: Number(endpoint.port),
  });
  await schedule(client, projectId, portfolio, urls, asOf);
  await client.close();
}
