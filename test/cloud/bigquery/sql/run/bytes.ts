/**
 * Bytes that a query processes: the logical sizes of the columns that it reads.
 *
 * Source: "Data types", data type sizes; NULL has none.
 */
import type { Session } from '../../duckdb/database.ts';
import { columnSize } from '../../duckdb/logical_size.ts';
import { quote } from '../../names.ts';
import type { TableEntry } from '../../ports.ts';
import type { Field } from '../../types.ts';
import type { Column, Refs } from '../resolve/typed.ts';

/** The stored columns behind columns, by table. */
export function storedColumns(refs: Refs): ReadonlyMap<string, ReadonlySet<string>> {
  const tables = new Map<string, Set<string>>();
  const seen = new Set<Column>();
  const visit = (column: Column): void => {
    if (seen.has(column)) return;
    seen.add(column);
    const { stored } = column;
    if (stored) {
      const names = tables.get(stored.table) ?? new Set();
      tables.set(stored.table, names.add(stored.name));
    }
    for (const source of column.sources) visit(source);
  };
  for (const column of refs) visit(column);
  return tables;
}

/** @param tables the entries by their DuckDB names. */
export async function bytesProcessed(
  session: Session,
  refs: Refs,
  tables: ReadonlyMap<string, TableEntry>,
): Promise<number> {
  let total = 0;
  for (const [table, names] of storedColumns(refs)) {
    const fields = tables.get(table)?.fields.filter((field) => names.has(field.name)) ?? [];
    if (fields.length > 0) total += await tableBytes(session, table, fields);
  }
  return total;
}

async function tableBytes(
  session: Session,
  table: string,
  fields: readonly Field[],
): Promise<number> {
  const sizes = fields.map(({ name, type }) => columnSize(type, quote(name)));
  const [[bytes]] = (await session.rows(
    `SELECT CAST(${sizes.join(' + ')} AS DOUBLE) FROM ${table}`,
  )) as [[number | null]];
  return bytes ?? 0;
}
