/** The official clients, joined into what planning works with. */
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { createObjects } from '../google/objects.ts';
import { createPublisher } from '../google/topic.ts';
import type { Log } from '../log.ts';
import { datasetOf } from '../warehouse/names.ts';
import { sqlFiles } from '../warehouse/sql.ts';
import { createWarehouse } from '../warehouse/warehouse.ts';
import type { PlanningParts } from './planning.ts';

export interface PlanningConfig {
  readonly GOOGLE_CLOUD_PROJECT: string;
  readonly BIGQUERY_LOCATION: string;
  readonly SQL_DIRECTORY: string;
  readonly MODELS_BUCKET: string;
  readonly BATCH_BUCKET: string;
  readonly BATCH_TOPIC: string;
}

/** Milliseconds that one attempt to publish, and all of them together, may take. */
const PUBLISH_TIMES = { attemptMs: 10_000, totalMs: 60_000 };

/** What planning of a portfolio's batches works with. */
export type PlanningTools = (portfolio: string, log: Log) => PlanningParts;

/** @param labels of every job, for its cost @param sleep waits so many milliseconds */
export function planningTools(
  config: PlanningConfig,
  labels: Readonly<Record<string, string>>,
  sleep: (milliseconds: number) => Promise<void>,
): PlanningTools {
  const projectId = config.GOOGLE_CLOUD_PROJECT;
  const bigquery = new BigQuery({ projectId });
  const storage = new Storage({ projectId });
  const sql = sqlFiles(config.SQL_DIRECTORY);
  const models = createObjects(storage.bucket(config.MODELS_BUCKET));
  const batches = createObjects(storage.bucket(config.BATCH_BUCKET));
  const { publish } = createPublisher(projectId, config.BATCH_TOPIC, PUBLISH_TIMES);
  return (portfolio, log) => ({
    warehouse: createWarehouse({
      bigquery,
      datasetId: datasetOf(portfolio),
      location: config.BIGQUERY_LOCATION,
      log,
      sleep,
      labels: { ...labels, portfolio },
    }),
    sql,
    models,
    batches,
    bucket: (name) => storage.bucket(name),
    publish,
    now: () => new Date(),
    log,
  });
}
