/**
 * Bytes that a query processes: the logical sizes of the columns that it reads.
 *
 * Source: "Data types", data type sizes; NULL has none.
 */
import type { Session } from '../../duckdb/database.ts';
import { columnSize } from '../../duckdb/logical_size.ts';
import { quote } from '../../names.ts';
import type { Field } from '../../types.ts';
import type { Resolver } from '../resolve/context.ts';
import type { Column, Refs } from '../resolve/typed.ts';

type Gathered = Pick<Resolver, 'tables' | 'partitionsRead' | 'parameters'>;

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

/** Of partitioned tables, in the partitions that are read. */
export async function bytesProcessed(
  session: Session,
  refs: Refs,
  { tables, partitionsRead, parameters }: Gathered,
): Promise<number> {
  let total = 0;
  for (const [table, names] of storedColumns(refs)) {
    const fields = tables.get(table)?.fields.filter((field) => names.has(field.name)) ?? [];
    if (fields.length > 0) {
      const kept = partitionsRead.get(table) ?? ['TRUE'];
      const text = sizeText(table, fields, kept);
      const [[bytes]] = (await session.rows(text, parameters.bindings(text))) as [[number | null]];
      total += bytes ?? 0;
    }
  }
  return total;
}

function sizeText(table: string, fields: readonly Field[], kept: readonly string[]): string {
  const sizes = fields.map(({ name, type }) => columnSize(type, quote(name)));
  const isRead = kept.includes('TRUE') ? '' : ` WHERE (${kept.join(') OR (')})`;
  return `SELECT CAST(${sizes.join(' + ')} AS DOUBLE) FROM ${table}${isRead}`;
}
