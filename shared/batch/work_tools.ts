/** The official clients, joined into what a worker works with. */
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { type BundleRef, readBundle } from '../bundle/bundle.ts';
import { createCrc32c } from '../google/crc32c.ts';
import { createObjects } from '../google/objects.ts';
import type { Log } from '../log.ts';
import { createKernelModel, type KernelModel } from '../serving/kernel_model.ts';
import { datasetOf } from '../warehouse/names.ts';
import { sqlFiles } from '../warehouse/sql.ts';
import { createWarehouse } from '../warehouse/warehouse.ts';
import type { WorkParts } from './work.ts';

export interface WorkConfig {
  readonly GOOGLE_CLOUD_PROJECT: string;
  readonly BIGQUERY_LOCATION: string;
  readonly SQL_DIRECTORY: string;
  readonly MODELS_BUCKET: string;
  readonly BATCH_BUCKET: string;
}

/** Versions that an instance keeps: a run has one, and runs of several portfolios can mix. */
const MOST_MODELS = 4;

/** What work on a portfolio's shards is done with. */
export type WorkTools = (portfolio: string, log: Log) => Promise<WorkParts>;

/** @param labels of every job, for its cost @param sleep waits so many milliseconds */
export function workTools(
  config: WorkConfig,
  labels: Readonly<Record<string, string>>,
  sleep: (milliseconds: number) => Promise<void>,
): WorkTools {
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const bigquery = new BigQuery({ projectId });
  const storage = new Storage({ projectId, crc32cGenerator: createCrc32c });
  const sql = sqlFiles(config.SQL_DIRECTORY);
  const models = createObjects(storage.bucket(config.MODELS_BUCKET));
  const bucket = storage.bucket(config.BATCH_BUCKET);
  const batches = createObjects(bucket);
  const model = keepModels((portfolio, ref) =>
    readBundle(models, portfolio, ref).then(createKernelModel),
  );
  return async (portfolio, log) => ({
    warehouse: createWarehouse({
      bigquery,
      datasetId: datasetOf(portfolio),
      location: config.BIGQUERY_LOCATION,
      log,
      sleep,
      labels: { ...labels, portfolio },
    }),
    sql,
    batches,
    bucket,
    model,
    schema: JSON.parse(await sql('tables/batch_scores.json')),
    now: () => new Date(),
    clock: () => performance.now(),
    log,
  });
}

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
