import type { Clock } from '../../clock.ts';
import { ApiError, duplicate, notFound } from '../../errors.ts';
import { mergePatch } from '../../http/merge_patch.ts';
import type { Database, Session } from '../duckdb/database.ts';
import {
  type DatasetRef,
  describeDataset,
  describeRoutine,
  describeTable,
  quote,
  type RoutineRef,
  type TableRef,
} from '../names.ts';
import type {
  Catalog,
  IfExists,
  RoutineEntry,
  TableChange,
  TableEntry,
  TableOptions,
} from '../ports.ts';
import { checkLayout } from './layout.ts';
import {
  type DatasetRecord,
  datasetKey,
  isHidden,
  type RoutineRecord,
  routineKey,
  type TableRecord,
  tableKey,
} from './records.ts';
import { loadRecords, type Records } from './store.ts';
import { routinesOf, Transaction, tablesOf, visible } from './transaction.ts';

/** What of a dataset is kept elsewhere: its models. */
export interface Dependents {
  isEmpty(dataset: DatasetRef): boolean;
  dropAll(dataset: DatasetRef): Promise<void>;
}

const NO_DEPENDENTS: Dependents = { isEmpty: () => true, dropAll: async () => {} };

/** A DuckDB table on its way to become a table of its dataset. No table id may have a colon. */
export const stagingName = (id: string): string => `${STAGING}${id}`;
const STAGING = 'staging:';

/**
 * The catalogue, in the database whose tables it describes. Reads are from memory; changes run one
 * after another, each a DuckDB transaction, and are seen when they are committed.
 */
export class LocalCatalog implements Catalog {
  private readonly session: Session;
  private readonly clock: Clock;
  private readonly dependents: Dependents;
  private records: Records;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(session: Session, records: Records, clock: Clock, dependents: Dependents) {
    this.session = session;
    this.records = records;
    this.clock = clock;
    this.dependents = dependents;
  }

  /** Reads the catalogue of a database, or begins one; what a crash left half made is removed. */
  static async open(
    database: Database,
    clock: Clock,
    dependents: Dependents = NO_DEPENDENTS,
  ): Promise<LocalCatalog> {
    const session = await database.connect();
    const records = await loadRecords(session);
    await dropStaged(session);
    return new LocalCatalog(session, records, clock, dependents);
  }

  /** Waits for the changes under way. */
  async close(): Promise<void> {
    await this.last.catch(() => {});
    this.session.close();
  }

  /** Runs a change alone and in one transaction; an error undoes all of it. */
  transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const result = this.last.then(
      () => this.attempt(work),
      () => this.attempt(work),
    );
    this.last = result;
    return result;
  }

  private async attempt<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const draft: Records = {
      datasets: new Map(this.records.datasets),
      tables: new Map(this.records.tables),
      routines: new Map(this.records.routines),
    };
    const transaction = new Transaction(this.session, draft, this.clock.now());
    try {
      const result = await this.session.transaction(async () => {
        await transaction.dropExpired();
        return work(transaction);
      });
      this.records = draft;
      return result;
    } catch (error) {
      throw translated(error);
    }
  }

  // --- Datasets ----------------------------------------------------------------------------------

  hasDataset(ref: DatasetRef): boolean {
    return this.dataset(ref) !== undefined;
  }

  dataset(ref: DatasetRef): DatasetRecord | undefined {
    return this.records.datasets.get(datasetKey(ref));
  }

  /** @throws {ApiError} 404 notFound. */
  mustDataset(ref: DatasetRef): DatasetRecord {
    const record = this.dataset(ref);
    if (record === undefined) throw notFound(describeDataset(ref));
    return record;
  }

  /** Projects that have a dataset. */
  projects(): string[] {
    return [...new Set([...this.records.datasets.values()].map(({ ref }) => ref.projectId))];
  }

  /** By name; those that are hidden only if asked for. */
  datasets(projectId: string, withHidden = false): DatasetRecord[] {
    return [...this.records.datasets.values()]
      .filter(({ ref }) => ref.projectId === projectId && (withHidden || !isHidden(ref)))
      .sort((a, b) => (a.ref.datasetId < b.ref.datasetId ? -1 : 1));
  }

  async createDataset(
    ref: DatasetRef,
    ifExists: 'fail' | 'skip',
    options: TableOptions,
  ): Promise<void> {
    await this.transact(async (transaction) => {
      if (ifExists === 'skip' && transaction.dataset(ref)) return;
      const { now } = transaction;
      await transaction.createDataset({ ref, options, created: now, modified: now, revision: 0 });
    });
  }

  async dropDataset(
    ref: DatasetRef,
    { ifExists, cascade }: { ifExists: boolean; cascade: boolean },
  ): Promise<void> {
    await this.transact(async (transaction) => {
      if (ifExists && !transaction.dataset(ref)) return;
      transaction.mustDataset(ref);
      const held = transaction.tables(ref).length + transaction.routines(ref).length;
      const isEmpty = held === 0 && this.dependents.isEmpty(ref);
      if (!isEmpty && !cascade) {
        throw new ApiError(400, 'resourceInUse', `${describeDataset(ref)} is still in use`);
      }
      await this.dependents.dropAll(ref);
      await transaction.dropDataset(ref);
    });
  }

  // --- Tables ------------------------------------------------------------------------------------

  table(ref: TableRef): TableEntry | undefined {
    return this.record(ref)?.entry;
  }

  record(ref: TableRef): TableRecord | undefined {
    return visible(this.records.tables.get(tableKey(ref)), this.clock.now());
  }

  /** @throws {ApiError} 404 notFound, for the dataset or the table. */
  mustRecord(ref: TableRef): TableRecord {
    this.mustDataset(ref);
    const record = this.record(ref);
    if (record === undefined) throw notFound(describeTable(ref));
    return record;
  }

  tables(ref: DatasetRef): readonly TableEntry[] {
    return this.tableRecords(ref).map((record) => record.entry);
  }

  tableRecords(ref: DatasetRef): TableRecord[] {
    return tablesOf(this.records, ref, this.clock.now());
  }

  async createTable(entry: TableEntry, ifExists: IfExists, rows?: string): Promise<void> {
    await this.transact(async (transaction) => {
      const exists = transaction.table(entry.ref) !== undefined;
      if (exists && ifExists === 'skip') return;
      if (exists && ifExists === 'replace') await transaction.dropTable(entry.ref);
      await transaction.createTable(entry, rows);
    });
  }

  async dropTable(ref: TableRef, ifExists: boolean): Promise<void> {
    await this.transact(async (transaction) => {
      if (ifExists && !transaction.table(ref)) return;
      transaction.mustTable(ref);
      await transaction.dropTable(ref);
    });
  }

  async alterTable(ref: TableRef, alter: (entry: TableEntry) => TableChange): Promise<void> {
    await this.transact(async (transaction) => {
      const record = transaction.mustTable(ref);
      const { fields, statements, options } = alter(record.entry);
      for (const sql of statements) await transaction.run(sql);
      const entry = { ...record.entry, fields, options: mergePatch(record.entry.options, options) };
      checkLayout(entry);
      await transaction.touchTable({ ...record, entry });
    });
  }

  // --- Routines ----------------------------------------------------------------------------------

  routine(ref: RoutineRef): RoutineEntry | undefined {
    return this.records.routines.get(routineKey(ref))?.entry;
  }

  /** @throws {ApiError} 404 notFound, for the dataset or the routine. */
  mustRoutine(ref: RoutineRef): RoutineRecord {
    this.mustDataset(ref);
    const record = this.records.routines.get(routineKey(ref));
    if (record === undefined) throw notFound(describeRoutine(ref));
    return record;
  }

  routineRecords(ref: DatasetRef): RoutineRecord[] {
    return routinesOf(this.records, ref);
  }

  async createRoutine(entry: RoutineEntry, ifExists: IfExists): Promise<void> {
    await this.transact(async (transaction) => {
      const exists = transaction.routine(entry.ref) !== undefined;
      if (exists && ifExists === 'skip') return;
      if (exists && ifExists === 'fail') throw duplicate(describeRoutine(entry.ref));
      await transaction.saveRoutine(entry);
    });
  }

  async dropRoutine(ref: RoutineRef, ifExists: boolean): Promise<void> {
    await this.transact(async (transaction) => {
      if (ifExists && !transaction.routine(ref)) return;
      transaction.mustDataset(ref);
      if (!transaction.routine(ref)) throw notFound(describeRoutine(ref));
      await transaction.dropRoutine(ref);
    });
  }

  /** Says that rows of a table changed; nothing happens where it is gone. */
  async touch(ref: TableRef): Promise<void> {
    await this.transact(async (transaction) => {
      const record = transaction.table(ref);
      if (record) await transaction.touchTable(record);
    });
  }
}

async function dropStaged(session: Session): Promise<void> {
  const staged = await session.rows(
    `SELECT schema_name, table_name FROM duckdb_tables() WHERE starts_with(table_name, '${STAGING}')`,
  );
  for (const [schema, table] of staged) {
    await session.run(`DROP TABLE ${quote(String(schema))}.${quote(String(table))}`);
  }
}

/** DuckDB refuses the second of two changes of one thing at one time, as BigQuery does. */
function translated(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  if (!/^TransactionContext Error|write-write conflict|Conflict on /i.test(message)) return error;
  const problem = 'Could not serialize access to the table due to concurrent update';
  return new ApiError(400, 'invalidQuery', problem, { cause: error });
}
