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
const WORKERS = 2;
const ROUNDS = 3;
/** Rows of one call of onnxruntime. */
const CHUNK = 1000;

export interface BatchFigures {
  readonly rows: number;
  readonly shards: number;
  /** Wall-clock seconds: of the plan, and from the first message to the last row. */
  readonly planned: number;
  readonly scored: number;
  /** Processor seconds of the workers, and of the local cloud meanwhile: of planning, of scoring. */
  readonly workers: number;
  readonly cloud: readonly [planning: number, scoring: number];
  /** The largest worker's, in bytes. */
  readonly peak: number;
  /** Rows a second of one core, from memory. */
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
    const cloud = keep(await startCloudProcess());
    Object.assign(process.env, cloud.environment);
    const environment = await learn(cloud.environment);
    const rows = await multiply();
    const planner = keep(await startFunction('batch-plan', environment['batch-plan'], {}));
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, () =>
        startFunction('batch-score', environment['batch-score'], {}),
      ),
    );
    workers.forEach(keep);
    balancer = await startBalancer(workers.map(({ url }) => url));
    const used = (pids: readonly number[]) =>
      pids.reduce((sum, pid) => sum + usedMicroseconds(pid), 0) / 1e6;
    const before = used([cloud.pid]);
    const plan = await planRun(planner.url, 'big');
    const [between, idle] = [used([cloud.pid]), used(workers.map(({ pid }) => pid))];
    const scored = await scoreRun(plan.plan, balancer.url);
    return {
      rows,
      shards: plan.plan.shards.length,
      planned: plan.seconds,
      scored,
      workers: used(workers.map(({ pid }) => pid)) - idle,
      cloud: [between - before, used([cloud.pid]) - between],
      peak: Math.max(...workers.map(({ pid }) => peakBytes(pid))),
      ...(await fromMemory(plan.plan)),
    };
  } finally {
    balancer?.stop();
    for (const child of children.reverse()) await child.stop();
  }
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
async function multiply(): Promise<number> {
  const bigquery = new BigQuery({ projectId: PROJECT });
  await bigquery.query(`
    CREATE TABLE flit_bnpl.big AS
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
    LIMIT ${ROWS}`);
  const [[{ n }]] = await bigquery.query('SELECT COUNT(*) AS n FROM flit_bnpl.big');
  return n;
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
  await topic.createSubscription('bench', {
    pushEndpoint: url,
    ackDeadlineSeconds: 600,
    retryPolicy: { minimumBackoff: { nanos: 20e6 }, maximumBackoff: { nanos: 50e6 } },
  });
  const { portfolio, run_id } = plan;
  await Promise.all(
    plan.shards.map(({ shard }) => topic.publishMessage({ json: { portfolio, run_id, shard } })),
  );
  while ((await statusOf(batches(), plan)).state !== 'done') await sleep(50);
  await pubsub.close();
  return (performance.now() - start) / 1000;
}

/** The most memory that a process ever had, in bytes. */
const peakBytes = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** The kernel and onnxruntime on the rows of one shard, each on one core. */
async function fromMemory(plan: Plan) {
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
    const start = performance.now();
    await work();
    return (rows / (performance.now() - start)) * 1000;
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

export function describeBatch(figures: BatchFigures): string {
  const { rows, shards, planned, scored, workers, cloud, peak } = figures;
  const { kernel, columns, onnxruntime } = figures;
  const whole = rows / (planned + scored);
  const perCore = rows / workers;
  return [
    `${count(rows)} applications from table to table, ${shards} shards by Pub/Sub, ${WORKERS} workers on two cores, one run`,
    `  ${count(whole)} rows/s in all: planned in ${planned.toFixed(1)} s, scored in ${scored.toFixed(1)} s (${count(rows / scored)} rows/s)`,
    `  a worker: ${count(perCore)} rows/s of a core, ${(peak / 2 ** 20).toFixed(0)} MiB at most`,
    `  the local cloud beside them: ${cloud[0].toFixed(1)} s of a core to plan, ${cloud[1].toFixed(1)} s to extract and load`,
    `  from memory, one core, median of ${ROUNDS}: the kernel ${count(kernel)} rows/s, with reading Parquet ${count(columns)}, onnxruntime ${count(onnxruntime)}`,
    `  so a worker has ${((perCore / kernel) * 100).toFixed(0)} % of the kernel's rate, the whole of a core ${((whole / 2 / kernel) * 100).toFixed(0)} %; ${(perCore / onnxruntime).toFixed(1)}x onnxruntime's from memory`,
  ].join('\n');
}
