/** A year of applications scored in bulk through Pub/Sub by two workers, beside the same rows from memory. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { statusOf } from '../../shared/batch/operations.ts';
import { batchObjects, type Plan, readPlan } from '../../shared/batch/plan.ts';
import { featureColumn } from '../../shared/batch/staging.ts';
import { readBundle } from '../../shared/bundle/bundle.ts';
import { createObjects } from '../../shared/google/objects.ts';
import { type RowGroup, readParquet } from '../../shared/parquet/read.ts';
import { findPortfolio } from '../../shared/portfolio/portfolio.ts';
import { createColumnBuilder } from '../../shared/scorer/column_builder.ts';
import { InferenceSession, Tensor } from '../../shared/scorer/onnxruntime.ts';
import { createKernelModel } from '../../shared/serving/kernel_model.ts';
import { callFunction } from '../start/call.ts';
import type { Child } from '../start/child.ts';
import { daysBefore } from '../start/days.ts';
import { provision, RESOURCES } from '../start/provision.ts';
import {
  functionEnvironment,
  PROJECT,
  startCloudProcess,
  startFunction,
} from '../start/services.ts';
import { ingestDays, retrainOnce } from '../start/stages.ts';
import { startWorldProcess } from '../start/world.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { usedMicroseconds } from './cores.ts';
import { median } from './load.ts';

const PORTFOLIO = 'bnpl';
const DAYS = { days: 70, until: '2026-08-30' };
const HISTORY = { start: daysBefore(DAYS.until, DAYS.days), end: daysBefore(DAYS.until, 1) };
/** `BATCH_ROWS=200000 npm run bench -- batch` is quicker. */
const ROWS = Number(process.env.BATCH_ROWS ?? 1_900_000);
/** How often a tenth of the rows is scored; all of them are once. */
const ROUNDS = 3;
const WORKERS = 2;
/** Rows of one call of onnxruntime. */
const CHUNK = 1000;

/** One run, from the table to the table. */
interface Run {
  readonly rows: number;
  readonly shards: number;
  /** Wall-clock seconds: of the plan, and from the first message to the last row. */
  readonly planned: number;
  readonly scored: number;
  /** Processor seconds of all workers together; of the local cloud, of planning and of scoring. */
  readonly workers: number;
  readonly cloud: readonly [planning: number, scoring: number];
}

export interface BatchFigures {
  readonly small: readonly Run[];
  readonly whole: Run;
  /** The most memory that the largest worker, and the local cloud, ever had, in bytes. */
  readonly peaks: { readonly worker: number; readonly cloud: number };
  readonly memory: Rates;
}

/** Rows a processor second, from memory; from the bytes of Parquet that the warehouse gave. */
interface Rates {
  readonly kernel: number;
  readonly columns: number;
  readonly onnxruntime: number;
}

export async function benchBatch(): Promise<BatchFigures> {
  const children: Child[] = [];
  const keep = <C extends Child>(child: C): C => {
    children.push(child);
    return child;
  };
  let balancer: Balancer | undefined;
  try {
    // The warehouse shares two cores with two workers: a statement takes one of them.
    const cloud = keep(await startCloudProcess(undefined, { threads: 1 }));
    Object.assign(process.env, cloud.environment);
    const environment = await learn(cloud.environment);
    await multiply();
    const planner = keep(await startFunction('batch-plan', environment['batch-plan'], {}));
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, () =>
        startFunction('batch-score', environment['batch-score'], {}),
      ),
    );
    workers.forEach(keep);
    balancer = await startBalancer(workers.map(({ url }) => url));
    const processes = {
      planner: planner.url,
      balancer: balancer.url,
      cloud: cloud.pid,
      workers: workers.map(({ pid }) => pid),
    };
    const small: Run[] = [];
    for (let round = 0; round < ROUNDS; round++)
      small.push((await runOnce(processes, 'small')).run);
    const { run: whole, plan } = await runOnce(processes, 'big');
    return {
      small,
      whole,
      peaks: {
        worker: Math.max(...processes.workers.map(peakBytes)),
        cloud: peakBytes(cloud.pid),
      },
      memory: await fromMemory(plan),
    };
  } finally {
    balancer?.stop();
    for (const child of children.reverse()) await child.stop();
  }
}

interface Processes {
  readonly planner: string;
  readonly balancer: string;
  readonly cloud: number;
  readonly workers: readonly number[];
}

async function runOnce(processes: Processes, table: string): Promise<{ run: Run; plan: Plan }> {
  const seconds = () => ({
    cloud: usedMicroseconds(processes.cloud) / 1e6,
    workers: processes.workers.reduce((sum, pid) => sum + usedMicroseconds(pid), 0) / 1e6,
  });
  const before = seconds();
  const { plan, seconds: planned } = await planRun(processes.planner, table);
  const between = seconds();
  const scored = await scoreRun(plan, processes.balancer);
  const after = seconds();
  const run = {
    rows: plan.rows,
    shards: plan.shards.length,
    planned,
    scored,
    workers: after.workers - between.workers,
    cloud: [between.cloud - before.cloud, after.cloud - between.cloud],
  } as const;
  return { run, plan };
}

/** A champion, trained on simulated checkouts. */
async function learn(cloud: Readonly<Record<string, string>>) {
  const portfolio = await findPortfolio('sql', PORTFOLIO);
  const options = { ...DAYS, data: undefined, dailyVolume: 300, seed: 7, directory: '' };
  const world = await startWorldProcess(options, portfolio);
  try {
    const environment = functionEnvironment(
      { environment: cloud } as Parameters<typeof functionEnvironment>[0],
      PORTFOLIO,
      world.source,
    );
    await provision(PROJECT, portfolio);
    await ingestDays(environment.ingest, PORTFOLIO, HISTORY, () => {});
    await retrainOnce(environment.retrain, { portfolio: PORTFOLIO, ...DAYS }, () => {});
    return environment;
  } finally {
    await world.stop();
  }
}

/** Distinct applications out of those that were simulated: other keys, amounts, scores, times on site. */
async function multiply(): Promise<void> {
  const bigquery = new BigQuery({ projectId: PROJECT });
  const made = (table: string, rows: number) => `
    CREATE TABLE flit_bnpl.${table} AS
    SELECT * REPLACE (
      CONCAT(transaction_id, '_', CAST(copy AS STRING)) AS transaction_id,
      amount * (1 - copy / 1000) AS amount,
      first_payment_amount * (1 - copy / 1000) AS first_payment_amount,
      risk_score * (1 - copy / 500) AS risk_score,
      time_on_site_seconds + copy AS time_on_site_seconds
    )
    FROM flit_bnpl.applications
    CROSS JOIN UNNEST(GENERATE_ARRAY(1, 200)) AS copy
    WHERE _timestamp >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    LIMIT ${rows}`;
  await bigquery.query(made('small', Math.ceil(ROWS / 10)));
  await bigquery.query(made('big', ROWS));
}

const batches = () =>
  createObjects(new Storage({ projectId: PROJECT }).bucket(RESOURCES.batchBucket));

async function planRun(url: string, table: string): Promise<{ plan: Plan; seconds: number }> {
  const start = performance.now();
  const { run_id } = await callFunction<{ run_id: string }>(url, {
    portfolio: PORTFOLIO,
    source: { table },
  });
  const seconds = (performance.now() - start) / 1000;
  return { plan: await readPlan(batches(), PORTFOLIO, run_id), seconds };
}

/** Lets Pub/Sub push what was published before. Answers seconds until every shard was done. */
async function scoreRun(plan: Plan, url: string): Promise<number> {
  const pubsub = new PubSub({ projectId: PROJECT });
  const topic = pubsub.topic(RESOURCES.batchTopic);
  const start = performance.now();
  const [subscription] = await topic.createSubscription(`bench-${plan.run_id}`, {
    pushEndpoint: url,
    ackDeadlineSeconds: 600,
    retryPolicy: { minimumBackoff: { nanos: 20e6 }, maximumBackoff: { nanos: 50e6 } },
  });
  const { portfolio, run_id } = plan;
  await Promise.all(
    plan.shards.map(({ shard }) => topic.publishMessage({ json: { portfolio, run_id, shard } })),
  );
  while ((await statusOf(batches(), plan)).state !== 'done') await sleep(50);
  const seconds = (performance.now() - start) / 1000;
  await subscription.delete();
  await pubsub.close();
  return seconds;
}

/** The most memory that a process ever had, in bytes. */
const peakBytes = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** The kernel and onnxruntime on the rows of one shard, each on one core. */
async function fromMemory(plan: Plan): Promise<Rates> {
  const storage = new Storage({ projectId: PROJECT });
  const models = createObjects(storage.bucket(RESOURCES.modelsBucket));
  const bundle = await readBundle(models, PORTFOLIO, plan.model);
  const { manifest, kernel } = await createKernelModel(bundle);
  const [name] = await batches().list(
    batchObjects(PORTFOLIO, plan.run_id).input(plan.shards[0]!.shard),
  );
  const { bytes } = (await batches().read(name!))!;
  const build = createColumnBuilder(manifest.features, manifest.inputs);
  const columnsOf = (group: RowGroup) =>
    build({
      numbers: (feature) => group.numbers(featureColumn(feature)),
      texts: (feature) => group.texts(featureColumn(feature)),
    });
  const groups = readParquet(bytes).groups;
  const tables = groups.map((group) => ({ rows: group.rows, columns: columnsOf(group) }));
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const session = await InferenceSession.create(bundle.model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const input = inputOf(tables, kernel.width, rows);
  const rates = { kernel: [] as number[], columns: [] as number[], onnxruntime: [] as number[] };
  const rate = async (work: () => unknown) => {
    const start = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(start);
    return (rows / (user + system)) * 1e6;
  };
  for (let round = 0; round < ROUNDS; round++) {
    rates.kernel.push(
      await rate(() => {
        for (const { columns, rows } of tables) kernel.scoreColumns(columns, rows);
      }),
    );
    rates.columns.push(
      await rate(() => {
        for (const group of readParquet(bytes).groups) {
          kernel.scoreColumns(columnsOf(group), group.rows);
        }
      }),
    );
    rates.onnxruntime.push(
      await rate(async () => {
        for (let at = 0; at < rows; at += CHUNK) {
          const end = Math.min(at + CHUNK, rows);
          const data = input.subarray(at * kernel.width, end * kernel.width);
          const tensor = new Tensor('float32', data, [end - at, kernel.width]);
          await session.run({ [session.inputNames[0]!]: tensor });
        }
      }),
    );
  }
  await session.release();
  return {
    kernel: median(rates.kernel),
    columns: median(rates.columns),
    onnxruntime: median(rates.onnxruntime),
  };
}

function inputOf(
  tables: readonly { rows: number; columns: readonly Float64Array[] }[],
  width: number,
  rows: number,
): Float32Array {
  const input = new Float32Array(rows * width);
  let at = 0;
  for (const { rows, columns } of tables) {
    for (let row = 0; row < rows; row++, at += width) {
      for (let i = 0; i < width; i++) input[at + i] = columns[i]![row]!;
    }
  }
  return input;
}

const count = (number: number): string => Math.round(number).toLocaleString('en');

const rateOf = ({ rows, planned, scored }: Run): number => rows / (planned + scored);

export function describeBatch({ small, whole, peaks, memory }: BatchFigures): string {
  const { rows, shards, planned, scored, workers, cloud } = whole;
  const { kernel, columns, onnxruntime } = memory;
  const [planning, scoring] = cloud;
  const rate = rateOf(whole);
  const mebibytes = (bytes: number) => count(bytes / 2 ** 20);
  const times = (faster: number, slower: number) => `${(faster / slower).toFixed(1)}x`;
  return [
    `${count(rows)} applications from table to table, ${shards} shards by Pub/Sub, ${WORKERS} workers and the local cloud on two cores, one run`,
    `  ${count(rate)} rows/s in all: planned in ${planned.toFixed(1)} s, scored in ${scored.toFixed(1)} s (${count(rows / scored)} rows/s); a tenth of them ${count(median(small.map(rateOf)))} rows/s, median of ${small.length}`,
    `  seconds of a core: workers ${workers.toFixed(1)} (${count(rows / workers)} rows/s), the local cloud ${planning.toFixed(1)} to plan and ${scoring.toFixed(1)} to extract, load and carry messages`,
    `  memory at most: a worker ${mebibytes(peaks.worker)} MiB, the local cloud ${mebibytes(peaks.cloud)} MiB`,
    `  from memory, one core, median of ${ROUNDS}: the kernel ${count(kernel)} rows/s, with reading the warehouse's Parquet ${count(columns)}, onnxruntime ${count(onnxruntime)}`,
    `  so the kernel alone is ${times(kernel, rate)} as fast as the whole, and ${times(kernel, rows / workers)} as a worker's core; onnxruntime from memory ${times(onnxruntime, rate)} and ${times(onnxruntime, rows / workers)}`,
  ].join('\n');
}
