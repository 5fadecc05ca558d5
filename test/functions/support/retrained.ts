import type { Context } from '../../../functions/retrain/context.ts';
import { type RunSummary, run } from '../../../functions/retrain/run.ts';
import { createEventCopy } from '../../../shared/registry/event_copy.ts';
import { COMMON_DATASET, datasetOf } from '../../../shared/warehouse/names.ts';
import { sqlFiles } from '../../../shared/warehouse/sql.ts';
import { createWarehouse, type WarehouseOptions } from '../../../shared/warehouse/warehouse.ts';
import { RESOURCES } from '../../start/provision.ts';
import type { Lender } from './lender.ts';
import { keepLog } from './log.ts';
import { AS_OF } from './rows.ts';

/**
 * What a retraining of the lender's portfolio works with, as the function makes it; polls without a
 * wait. Parts may be replaced.
 * @param options of the portfolio's warehouse, where they are to differ
 */
export function retrainContext(
  lender: Lender,
  changes: Partial<Context> = {},
  options: Partial<WarehouseOptions> = {},
): Context {
  const log = keepLog();
  const sql = sqlFiles(lender.sqlDirectory);
  const warehouseOf = (datasetId: string, changed: Partial<WarehouseOptions> = {}) =>
    createWarehouse({
      bigquery: lender.bigquery,
      datasetId,
      location: RESOURCES.location,
      log,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / 5)),
      labels: { function: 'retrain', portfolio: lender.portfolio.id },
      ...changed,
    });
  return {
    portfolio: lender.portfolio,
    warehouse: warehouseOf(datasetOf(lender.portfolio.id), options),
    registryEvents: createEventCopy(warehouseOf(COMMON_DATASET), sql),
    sql,
    models: { bucket: RESOURCES.modelsBucket, objects: lender.objects },
    log,
    now: () => new Date(AS_OF),
    clock: () => 0,
    ...changes,
  };
}

/**
 * Retrains the lender's portfolio to a version that is deployed; needs `seedRows` before.
 * @param asOf another time makes another version of the same rows
 * @throws {Error} when the version was not promoted
 */
export async function retrained(lender: Lender, asOf = AS_OF): Promise<RunSummary> {
  const summary = await run(retrainContext(lender), { asOf: new Date(asOf), actor: 'test' });
  if (summary.promotion !== 'promoted') {
    throw new Error(`The version was not promoted: ${JSON.stringify(summary)}`);
  }
  return summary;
}
