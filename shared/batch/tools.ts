/** The official clients, joined into what planning and scoring work with. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { type BundleRef, readBundle } from '../bundle/bundle.ts';
import { createObjects } from '../google/objects.ts';
import { createPublisher } from '../google/topic.ts';
import type { Log } from '../log.ts';
import { createKernelModel, type KernelModel } from '../serving/kernel_model.ts';
import { datasetOf } from '../warehouse/names.ts';
import { sqlFiles } from '../warehouse/sql.ts';
import { createWarehouse } from '../warehouse/warehouse.ts';
import type { PlanningParts } from './planning.ts';
import type { WorkParts } from './work.ts';

export interface BatchConfig {
  readonly GOOGLE_CLOUD_PROJECT: string;
  readonly BIGQUERY_LOCATION: string;
  readonly SQL_DIRECTORY: string;
  readonly MODELS_BUCKET: string;
  readonly BATCH_BUCKET: string;
  readonly BATCH_TOPIC: string;
}

export interface BatchTools {
  planning(portfolio: string, log: Log): PlanningParts;
  work(portfolio: string, log: Log): Promise<WorkParts>;
}

/** Milliseconds that one attempt to publish, and all of them together, may take. */
const PUBLISH_TIMES = { attemptMs: 10_000, totalMs: 60_000 };
/** Versions that an instance keeps: a run has one, and runs of several portfolios can mix. */
const MOST_MODELS = 4;

/** @param labels of every job, for its cost @param sleep waits so many milliseconds */
export function batchTools(
  config: BatchConfig,
  labels: Readonly<Record<string, string>>,
  sleep: (milliseconds: number) => Promise<void>,
): BatchTools {
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const bigquery = new BigQuery({ projectId });
  const storage = new Storage({ projectId });
  const sql = sqlFiles(config.SQL_DIRECTORY);
  const models = createObjects(storage.bucket(config.MODELS_BUCKET));
  const bucket = storage.bucket(config.BATCH_BUCKET);
  const batches = createObjects(bucket);
  const { publish } = createPublisher(projectId, config.BATCH_TOPIC, PUBLISH_TIMES);
  const model = keepModels((portfolio, ref) =>
    readBundle(models, portfolio, ref).then(createKernelModel),
  );
  const warehouseOf = (portfolio: string, log: Log) =>
    createWarehouse({
      bigquery,
      datasetId: datasetOf(portfolio),
      location: config.BIGQUERY_LOCATION,
      log,
      sleep,
      labels: { ...labels, portfolio },
    });
  return {
    planning: (portfolio, log) => ({
      warehouse: warehouseOf(portfolio, log),
      sql,
      models,
      batches,
      bucket: (name) => storage.bucket(name),
      publish,
      log,
    }),
    work: async (portfolio, log) => ({
      warehouse: warehouseOf(portfolio, log),
      sql,
      batches,
      bucket,
      model,
      schema: await scoresSchema(config.SQL_DIRECTORY),
      now: () => new Date(),
      clock: () => performance.now(),
      log,
    }),
  };
}

const scoresSchema = async (directory: string): Promise<object[]> =>
  JSON.parse(await readFile(join(directory, 'tables/batch_scores.json'), 'utf8'));

type Load = (portfolio: string, ref: BundleRef) => Promise<KernelModel>;

/** Loads a version once; one that could not be loaded is tried again. */
function keepModels(load: Load): Load {
  const kept = new Map<string, Promise<KernelModel>>();
  return (portfolio, ref) => {
    const key = `${portfolio} ${ref.version} ${ref.manifest_sha256}`;
    const known = kept.get(key);
    if (known) return known;
    const [oldest] = kept.keys();
    if (kept.size >= MOST_MODELS && oldest !== undefined) kept.delete(oldest);
    const loading = load(portfolio, ref);
    kept.set(key, loading);
    loading.catch(() => kept.delete(key));
    return loading;
  };
}
