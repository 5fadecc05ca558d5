/**
 * Jobs that did not do their work: told by the traces that they leave in the warehouse, so that one
 * which is paused, gone, or ends well without having done anything is found too.
 */
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import type { SqlFiles } from '../warehouse/sql.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Breach, TracedJob } from './breach.ts';

/** When each job left its last trace; null where there is none. */
export type Traces = ReadonlyMap<TracedJob, Date | null>;

/** Whose jobs are watched: of `portfolio.json`. */
export interface Watched {
  readonly id: string;
  readonly alerts?: { readonly jobs: Readonly<Partial<Record<TracedJob, number>>> } | undefined;
}

const HOUR_MS = 3_600_000;
const LOOK_BACK_HOURS = 100 * 24;

/** @param warehouse of the portfolio's dataset @param name of the job that asks, of one run */
export async function readTraces(
  { warehouse, sql }: { readonly warehouse: Warehouse; readonly sql: SqlFiles },
  portfolio: string,
  at: Date,
  name: string,
): Promise<Traces> {
  const rows = await warehouse.run(name, {
    sql: await sql('alerts/traces.sql'),
    parameters: {
      portfolio,
      from: new BigQueryTimestamp(new Date(at.getTime() - LOOK_BACK_HOURS * HOUR_MS)),
      at: new BigQueryTimestamp(at),
    },
  });
  return new Map(
    rows.map(({ job, seen_at }) => [
      job as TracedJob,
      seen_at ? new Date((seen_at as BigQueryTimestamp).value) : null,
    ]),
  );
}

/**
 * Jobs whose last trace is older than it may be; twice as old is critical. That the watch itself has
 * never run is no news to its first run.
 */
export function missedJobs({ id, alerts }: Watched, traces: Traces, at: Date): Breach[] {
  return Object.entries(alerts?.jobs ?? {}).flatMap(([job, hours]): Breach[] => {
    const seen = traces.get(job as TracedJob) ?? null;
    if (seen === null && job === 'drift') return [];
    const age = seen === null ? null : (at.getTime() - seen.getTime()) / HOUR_MS;
    if (age !== null && age <= hours) return [];
    const since = seen === null ? 'in 100 days' : `since ${seen.toISOString()}`;
    return [
      {
        portfolio: id,
        kind: 'job',
        subject: `${job}-${id}`,
        severity: age === null || age > 2 * hours ? 'critical' : 'warning',
        figure: age,
        limit: hours,
        text: `${job}-${id} has left no trace ${since}; it should every ${hours} hours.`,
        at,
      },
    ];
  });
}
