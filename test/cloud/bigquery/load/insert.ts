/** Streaming inserts: rows at once in the table, or told why not. */
import type { DuckDBValue } from '@duckdb/node-api';
import { invalid } from '../../errors.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import { tableKey } from '../catalog/records.ts';
import { describeTable, type TableRef } from '../names.ts';
import { Misfit, STREAM } from './misfit.ts';
import { type RowReader, rowReader } from './rows.ts';

export interface InsertRow {
  /** Rows of one id within a minute are one row. */
  readonly insertId?: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface InsertOptions {
  /** Insert the good rows of a request that has bad ones. */
  readonly skipInvalidRows: boolean;
  readonly ignoreUnknownValues: boolean;
}

export interface RowProblem {
  readonly index: number;
  readonly reason: 'invalid' | 'stopped';
  /** The field. */
  readonly location: string;
  readonly message: string;
}

/** BigQuery remembers an insertId for about a minute. */
const REMEMBERED_MS = 60_000;

export class Inserter {
  private readonly catalog: LocalCatalog;
  private readonly now: () => number;
  /** When an id was last seen, by table; the oldest first. */
  private readonly seen = new Map<string, number>();

  constructor(catalog: LocalCatalog, now: () => number) {
    this.catalog = catalog;
    this.now = now;
  }

  /**
   * Inserts rows, all in one step; answers what is wrong with those that are not.
   * @throws {ApiError} 404 for the table, 400 for one that takes no rows.
   */
  async insert(
    table: TableRef,
    rows: readonly InsertRow[],
    options: InsertOptions,
  ): Promise<readonly RowProblem[]> {
    const ids = new Set<string>();
    const inserted = this.catalog.transact(async (transaction) => {
      const record = transaction.mustTable(table);
      const { kind, fields } = record.entry;
      if (kind === 'VIEW') throw invalid(`Cannot add rows to a view: ${describeTable(table)}`);
      if (fields.length === 0) throw invalid('The destination table has no schema.');
      const read = rowReader(fields, { ...options, dialect: STREAM });
      const { values, bad } = this.readAll(table, rows, read, ids);
      if (bad.length > 0 && !options.skipInvalidRows) return stopped(rows.length, bad);
      if (values.length > 0) await transaction.append(record, values);
      for (const id of ids) this.seen.set(id, this.now());
      return bad;
    });
    return inserted.catch((error) => {
      for (const id of ids) this.seen.delete(id);
      throw error;
    });
  }

  /** @param ids is told the ids of the rows read. */
  private readAll(
    table: TableRef,
    rows: readonly InsertRow[],
    read: RowReader,
    ids: Set<string>,
  ): { values: DuckDBValue[][]; bad: RowProblem[] } {
    this.forget();
    const values: DuckDBValue[][] = [];
    const bad: RowProblem[] = [];
    rows.forEach(({ insertId, json }, index) => {
      try {
        const row = read(json);
        const id = insertId ? `${tableKey(table)} ${insertId}` : undefined;
        if (id !== undefined && (this.seen.has(id) || ids.has(id))) return;
        if (id !== undefined) ids.add(id);
        values.push(row);
      } catch (error) {
        if (!(error instanceof Misfit)) throw error;
        const { path: location, message } = error;
        bad.push({ index, reason: 'invalid', location, message });
      }
    });
    return { values, bad };
  }

  private forget(): void {
    const before = this.now() - REMEMBERED_MS;
    for (const [key, time] of this.seen) {
      if (time > before) return;
      this.seen.delete(key);
    }
  }
}

/** One bad row stops the others of its request. */
function stopped(count: number, problems: readonly RowProblem[]): RowProblem[] {
  const bad = new Set(problems.map(({ index }) => index));
  const others = Array.from({ length: count }, (_, index) => index).filter((i) => !bad.has(i));
  return [
    ...problems,
    ...others.map((index) => ({ index, reason: 'stopped', location: '', message: '' }) as const),
  ];
}
