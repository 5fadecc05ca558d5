/** One change of the catalogue: records and DuckDB tables together, all of it or nothing. */
import type { DuckDBValue } from '@duckdb/node-api';
import { duplicate, notFound, unsupported } from '../../errors.ts';
import type { Session } from '../duckdb/database.ts';
import { TableWriter } from '../duckdb/table_writer.ts';
import {
  type DatasetRef,
  describeDataset,
  describeTable,
  physicalSchema,
  physicalTable,
  quote,
  type RoutineRef,
  type TableRef,
} from '../names.ts';
import type { RoutineEntry, TableEntry } from '../ports.ts';
import {
  alterStatements,
  constraintStatements,
  createStatement,
  dropStatement,
  insertStatement,
} from './ddl.ts';
import { checkLayout } from './layout.ts';
import {
  checkDatasetId,
  checkRoutineId,
  checkTableId,
  type DatasetRecord,
  datasetKey,
  expiration,
  type RoutineRecord,
  routineKey,
  type TableRecord,
  tableKey,
} from './records.ts';
import { type Records, saveRecord } from './store.ts';

/**
 * Sees the catalogue as it will be. Used inside `LocalCatalog.transact` only: it alone begins,
 * commits and rolls back.
 */
export class Transaction {
  readonly now: number;
  private readonly session: Session;
  private readonly records: Records;

  /** @param records a copy that is this transaction's own. */
  constructor(session: Session, records: Records, now: number) {
    this.session = session;
    this.records = records;
    this.now = now;
  }

  async run(sql: string): Promise<void> {
    await this.session.run(sql);
  }

  /** Of a table with columns; views have no rows of their own. */
  async hasRows({ entry }: TableRecord): Promise<boolean> {
    if (entry.kind === 'VIEW' || entry.fields.length === 0) return false;
    const rows = await this.session.rows(`SELECT 1 FROM ${physicalTable(entry.ref)} LIMIT 1`);
    return rows.length > 0;
  }

  dataset(ref: DatasetRef): DatasetRecord | undefined {
    return this.records.datasets.get(datasetKey(ref));
  }

  table(ref: TableRef): TableRecord | undefined {
    return visible(this.records.tables.get(tableKey(ref)), this.now);
  }

  tables(ref: DatasetRef): TableRecord[] {
    return tablesOf(this.records, ref, this.now);
  }

  /** @throws {ApiError} 404 notFound. */
  mustTable(ref: TableRef): TableRecord {
    this.mustDataset(ref);
    const record = this.table(ref);
    if (record === undefined) throw notFound(describeTable(ref));
    return record;
  }

  /** @throws {ApiError} 404 notFound. */
  mustDataset(ref: DatasetRef): DatasetRecord {
    const record = this.dataset(ref);
    if (record === undefined) throw notFound(describeDataset(ref));
    return record;
  }

  /** @throws {ApiError} 409 duplicate, 400 for its name. */
  async createDataset(record: DatasetRecord): Promise<void> {
    const { ref } = record;
    checkDatasetId(ref.datasetId);
    if (this.dataset(ref)) throw duplicate(describeDataset(ref));
    refuseOtherCase(datasetKey(ref), this.records.datasets.keys(), 'datasets');
    await this.run(`CREATE SCHEMA IF NOT EXISTS ${physicalSchema(ref)}`);
    await this.saveDataset(record);
  }

  async saveDataset(record: DatasetRecord): Promise<void> {
    const key = datasetKey(record.ref);
    this.records.datasets.set(key, record);
    await saveRecord(this.session, 'datasets', key, record);
  }

  async dropDataset(ref: DatasetRef): Promise<void> {
    for (const [key, record] of this.records.tables) {
      if (datasetKey(record.entry.ref) === datasetKey(ref)) await this.forgetTable(key);
    }
    for (const { entry } of this.routines(ref)) await this.dropRoutine(entry.ref);
    await this.run(`DROP SCHEMA IF EXISTS ${physicalSchema(ref)} CASCADE`);
    this.records.datasets.delete(datasetKey(ref));
    await saveRecord(this.session, 'datasets', datasetKey(ref), undefined);
  }

  /**
   * Makes a table that must not exist yet, filled with the rows of a DuckDB query.
   * @throws {ApiError} 404 for its dataset, 409 duplicate, 400 for its name.
   */
  async createTable(entry: TableEntry, rows?: string): Promise<void> {
    await this.register(entry);
    if (entry.kind !== 'TABLE' || entry.fields.length === 0) return;
    await this.run(createStatement(entry.ref, entry.fields));
    if (rows !== undefined) await this.run(insertStatement(entry.ref, rows));
  }

  /**
   * Lets a DuckDB table of the same schema, whose columns are the entry's in their order, become
   * the table, new or in place of the old one: nothing is copied, however many rows.
   */
  async adoptTable(entry: TableEntry, physicalName: string): Promise<void> {
    const { ref, fields } = entry;
    const record = this.table(ref);
    checkLayout(entry);
    if (record) await this.touchTable({ ...record, entry });
    else await this.register(entry);
    await this.run(dropStatement(ref));
    const staged = physicalTable({ ...ref, tableId: physicalName });
    await this.run(`ALTER TABLE ${staged} RENAME TO ${quote(ref.tableId)}`);
    for (const sql of constraintStatements(ref, fields)) await this.run(sql);
  }

  private async register(entry: TableEntry): Promise<void> {
    const { ref } = entry;
    const dataset = this.mustDataset(ref);
    checkTableId(ref.tableId);
    checkLayout(entry);
    if (this.table(ref)) throw duplicate(describeTable(ref));
    refuseOtherCase(tableKey(ref), this.records.tables.keys(), 'tables');
    const options = withDefaultExpiration(entry, dataset, this.now);
    await this.saveTable({
      entry: { ...entry, options },
      created: this.now,
      modified: this.now,
      revision: 0,
    });
  }

  /** A change of the record and, where its fields change, of the DuckDB table. */
  async changeTable(next: TableEntry): Promise<TableRecord> {
    const record = this.mustTable(next.ref);
    checkLayout(next);
    if (next.kind === 'TABLE') {
      const { fields } = record.entry;
      for (const sql of alterStatements(next.ref, fields, next.fields)) await this.run(sql);
    }
    return this.touchTable({ ...record, entry: next });
  }

  /** Says that a table's rows or record changed. */
  async touchTable(record: TableRecord): Promise<TableRecord> {
    return this.saveTable({ ...record, modified: this.now, revision: record.revision + 1 });
  }

  /** Adds rows of DuckDB's values, in the order of the columns. */
  async append(record: TableRecord, rows: readonly (readonly DuckDBValue[])[]): Promise<void> {
    const writer = await TableWriter.open(this.session, record.entry.ref);
    try {
      for (const row of rows) writer.append(row);
    } finally {
      writer.close();
    }
    await this.touchTable(record);
  }

  async dropTable(ref: TableRef): Promise<void> {
    await this.run(dropStatement(ref));
    await this.forgetTable(tableKey(ref));
  }

  routine(ref: RoutineRef): RoutineRecord | undefined {
    return this.records.routines.get(routineKey(ref));
  }

  routines(ref: DatasetRef): RoutineRecord[] {
    return routinesOf(this.records, ref);
  }

  /** Makes a function, or gives one that is there another definition. */
  async saveRoutine(entry: RoutineEntry): Promise<void> {
    this.mustDataset(entry.ref);
    checkRoutineId(entry.ref.routineId);
    const key = routineKey(entry.ref);
    const created = this.routine(entry.ref)?.created ?? this.now;
    const record = { entry, created, modified: this.now };
    this.records.routines.set(key, record);
    await saveRecord(this.session, 'routines', key, record);
  }

  async dropRoutine(ref: RoutineRef): Promise<void> {
    this.records.routines.delete(routineKey(ref));
    await saveRecord(this.session, 'routines', routineKey(ref), undefined);
  }

  /** Removes the tables whose time is over. */
  async dropExpired(): Promise<void> {
    for (const record of [...this.records.tables.values()]) {
      if (visible(record, this.now) === undefined) await this.dropTable(record.entry.ref);
    }
  }

  private async saveTable(record: TableRecord): Promise<TableRecord> {
    const key = tableKey(record.entry.ref);
    this.records.tables.set(key, record);
    await saveRecord(this.session, 'tables', key, record);
    return record;
  }

  private async forgetTable(key: string): Promise<void> {
    this.records.tables.delete(key);
    await saveRecord(this.session, 'tables', key, undefined);
  }
}

/** The record, unless its time is over. */
export function visible(record: TableRecord | undefined, now: number): TableRecord | undefined {
  const until = record && expiration(record);
  return until !== undefined && until <= now ? undefined : record;
}

/** The tables of a dataset, by name. */
export const tablesOf = (records: Records, ref: DatasetRef, now: number): TableRecord[] =>
  [...records.tables.values()]
    .filter((r) => datasetKey(r.entry.ref) === datasetKey(ref) && visible(r, now))
    .sort((a, b) => (a.entry.ref.tableId < b.entry.ref.tableId ? -1 : 1));

/** The routines of a dataset, by name. */
export const routinesOf = (records: Records, ref: DatasetRef): RoutineRecord[] =>
  [...records.routines.values()]
    .filter(({ entry }) => datasetKey(entry.ref) === datasetKey(ref))
    .sort((a, b) => (a.entry.ref.routineId < b.entry.ref.routineId ? -1 : 1));

/** DuckDB does not tell `a` from `A`; BigQuery does. */
function refuseOtherCase(key: string, keys: Iterable<string>, what: string): void {
  const lower = key.toLowerCase();
  for (const other of keys) {
    if (other !== key && other.toLowerCase() === lower) {
      throw unsupported(`two ${what} whose names differ in case only (${other} and ${key})`);
    }
  }
}

function withDefaultExpiration(entry: TableEntry, dataset: DatasetRecord, now: number) {
  const lifetime = dataset.options.defaultTableExpirationMs;
  if (lifetime === undefined || entry.options.expirationTime !== undefined) return entry.options;
  return { ...entry.options, expirationTime: String(now + Number(lifetime)) };
}
