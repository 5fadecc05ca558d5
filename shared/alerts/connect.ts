import { setTimeout as sleep } from 'node:timers/promises';
import type { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import type * as z from 'zod';
import type { ALERTS, WAREHOUSE } from '../config.ts';
import { createObjects } from '../google/objects.ts';
import { createPublisher } from '../google/topic.ts';
import type { Log } from '../log.ts';
import { COMMON_DATASET } from '../warehouse/names.ts';
import { sqlFiles } from '../warehouse/sql.ts';
import { createWarehouse } from '../warehouse/warehouse.ts';
import type { Addressee } from './alert.ts';
import type { AlertParts } from './raise.ts';
import { createTell } from './tell.ts';

/** A job waits for its alert as long as it takes Pub/Sub to mend a small fault. */
const TIMES = { attemptMs: 5000, totalMs: 20_000 };

type Settings = z.output<z.ZodObject<typeof ALERTS & typeof WAREHOUSE>>;

/**
 * What a function raises alerts with, by its environment (`ALERTS`, `WAREHOUSE`).
 * @param name the function's, for the labels of its jobs
 * @returns the parts of one portfolio, and of one request by its log
 */
export function connectAlerts(
  name: string,
  bigquery: BigQuery,
  settings: Settings,
): (portfolio: Addressee, log: Log) => AlertParts {
  const { projectId } = bigquery;
  const { publish } = createPublisher(projectId, settings.ALERTS_TOPIC, TIMES);
  const objects = createObjects(new Storage({ projectId }).bucket(settings.ALERTS_BUCKET));
  const sql = sqlFiles(settings.SQL_DIRECTORY);
  return (portfolio, log) => {
    const warehouse = createWarehouse({
      bigquery,
      datasetId: COMMON_DATASET,
      location: settings.BIGQUERY_LOCATION,
      log,
      sleep,
      labels: { function: name, portfolio: portfolio.id },
    });
    return { portfolio, objects, tell: createTell({ warehouse, sql, publish, log }) };
  };
}
