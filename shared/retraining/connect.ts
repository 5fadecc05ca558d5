import { setTimeout as sleep } from 'node:timers/promises';
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import type { Objects } from '../google/objects.ts';
import type { Scheduler } from '../google/scheduler.ts';
import type { Log } from '../log.ts';
import type { SqlFiles } from '../warehouse/sql.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { RetrainingParts } from './retraining.ts';

export interface Ports {
  readonly objects: Objects;
  readonly scheduler: Scheduler;
  readonly warehouse: Warehouse;
  readonly sql: SqlFiles;
  readonly log: Log;
}

/** What a function starts retrainings with: each is a row of `flit.retrainings`. */
export function retrainingParts(
  portfolio: RetrainingParts['portfolio'],
  { objects, scheduler, warehouse, sql, log }: Ports,
): RetrainingParts {
  const now = () => new Date();
  return {
    portfolio,
    objects,
    scheduler,
    log,
    now,
    sleep,
    async keep({ id, at, cause }, breaches, job) {
      const retraining = {
        retraining_id: id,
        portfolio: portfolio.id,
        job,
        started_at: now().toISOString(),
        causes: Object.entries(cause).map(([kind, severity]) => ({ kind, severity })),
        breaches,
      };
      await warehouse.run(`retraining-${id}`, {
        sql: await sql('alerts/append_retraining.sql'),
        parameters: {
          retraining: JSON.stringify(retraining),
          at: new BigQueryTimestamp(new Date(at)),
        },
      });
    },
  };
}
