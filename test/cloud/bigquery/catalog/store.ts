/**
 * The catalogue's records inside the database whose tables they describe, so that one transaction
 * changes both.
 */
import { VARCHAR } from '@duckdb/node-api';
import type { Session } from '../duckdb/database.ts';
import {
  type DatasetRecord,
  datasetKey,
  type RoutineRecord,
  routineKey,
  type TableRecord,
  tableKey,
} from './records.ts';

/** Datasets, tables and routines by their keys. */
export interface Records {
  readonly datasets: Map<string, DatasetRecord>;
  readonly tables: Map<string, TableRecord>;
  readonly routines: Map<string, RoutineRecord>;
}

type Kind = keyof Records;

/** No dataset is called so: a dataset's DuckDB schema has a point in its name. */
const SCHEMA = 'catalogue';

export async function loadRecords(session: Session): Promise<Records> {
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
  await session.run(
    `CREATE TABLE IF NOT EXISTS ${SCHEMA}.record (kind VARCHAR, key VARCHAR, body VARCHAR)`,
  );
  const records: Records = { datasets: new Map(), tables: new Map(), routines: new Map() };
  for (const [kind, body] of await session.rows(`SELECT kind, body FROM ${SCHEMA}.record`)) {
    const record = JSON.parse(body as string);
    if (kind === 'datasets') records.datasets.set(datasetKey(record.ref), record);
    else if (kind === 'routines') records.routines.set(routineKey(record.entry.ref), record);
    else records.tables.set(tableKey(record.entry.ref), record);
  }
  return records;
}

/** Writes a record in the session's transaction; undefined removes it. */
export async function saveRecord(
  session: Session,
  kind: Kind,
  key: string,
  record: DatasetRecord | TableRecord | RoutineRecord | undefined,
): Promise<void> {
  const body = record === undefined ? null : JSON.stringify(record);
  const types = { kind: VARCHAR, key: VARCHAR, body: VARCHAR };
  const where = 'WHERE kind = $kind AND key = $key';
  const bindings = { values: { kind, key }, types };
  await session.run(`DELETE FROM ${SCHEMA}.record ${where}`, bindings);
  if (body === null) return;
  const insert = `INSERT INTO ${SCHEMA}.record VALUES ($kind, $key, $body)`;
  await session.run(insert, { values: { kind, key, body }, types });
}
