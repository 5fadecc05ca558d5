/** The three ways in which an alert is told. Each may be repeated: the alert's id is on all of them. */
import { createHash } from 'node:crypto';
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import type { Publish } from '../google/topic.ts';
import type { Log } from '../log.ts';
import { fill, identifier, type SqlFiles } from '../warehouse/sql.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Alert } from './alert.ts';

/** Resolves when all alerts are told. */
export type Tell = (alerts: readonly Alert[]) => Promise<void>;

/** Table of alerts in the dataset that all portfolios share. */
export const ALERTS_TABLE = 'alerts';

/** What the log says of alerts; Terraform counts these lines (modules/monitoring/metrics.tf). */
export const RAISED = 'alert raised';
export const OVER = 'alert over';

export interface TellParts {
  /** Of the dataset that all portfolios share. */
  readonly warehouse: Warehouse;
  readonly sql: SqlFiles;
  readonly publish: Publish;
  readonly log: Log;
}

/** Rows that one statement takes: parameters have room for 10 MB. */
const MOST = 500;

/** A row, then a line of the log, then a message: who is called can look it up. */
export function createTell({ warehouse, sql, publish, log }: TellParts): Tell {
  return async (alerts) => {
    const statement = fill(await sql('alerts/append.sql'), { alerts: identifier(ALERTS_TABLE) });
    for (let from = 0; from < alerts.length; from += MOST) {
      const arrived = alerts.slice(from, from + MOST);
      const times = arrived.map(({ at }) => Date.parse(at));
      const ids = createHash('sha256').update(arrived.map(({ alert_id }) => alert_id).join());
      await warehouse.run(`alerts-add-${ids.digest('hex').slice(0, 32)}`, {
        sql: statement,
        parameters: {
          arrived: arrived.map((alert) => JSON.stringify(alert)),
          from: new BigQueryTimestamp(new Date(Math.min(...times))),
          until: new BigQueryTimestamp(new Date(Math.max(...times))),
        },
      });
    }
    for (const alert of alerts) say(log, alert);
    await Promise.all(alerts.map((alert) => publish(messageOf(alert))));
  };
}

/** `severity` of a line is the log's own, so the alert's is `level`. */
function say(log: Log, { severity: level, ...alert }: Alert): void {
  const fields = { ...alert, level };
  if (alert.state === 'over') log.notice(OVER, fields);
  else if (level === 'critical') log.critical(RAISED, fields);
  else log.warning(RAISED, fields);
}

const messageOf = (alert: Alert) => ({
  data: Buffer.from(JSON.stringify(alert)),
  // What subscriptions filter by.
  attributes: {
    alert_id: alert.alert_id,
    portfolio: alert.portfolio,
    kind: alert.kind,
    severity: alert.severity,
    state: alert.state,
  },
});
