/**
 * What BigQuery says that data is in bytes, whatever DuckDB needs for it.
 *
 * Source: "Estimate storage and query costs", data type sizes.
 */
import { physicalTable, quote, type TableRef } from '../names.ts';
import type { BqType, Field, ScalarType } from '../types.ts';
import type { Session } from './database.ts';
import { physicalField } from './types.ts';

const FIXED: Readonly<Partial<Record<ScalarType, number>>> = {
  INT64: 8,
  FLOAT64: 8,
  NUMERIC: 16,
  BOOL: 1,
  DATE: 8,
  DATETIME: 8,
  TIME: 8,
  TIMESTAMP: 8,
  INTERVAL: 16,
};

/** DuckDB SQL for the bytes of all values of a column. NULL takes none. */
export function columnSize(type: BqType, column: string): string {
  const fixed = type.kind in FIXED ? FIXED[type.kind as ScalarType] : undefined;
  if (fixed !== undefined) return `${fixed} * count(${column})`;
  return `coalesce(sum(${valueSize(type, column)}), 0)::BIGINT`;
}

function valueSize(type: BqType, value: string): string {
  switch (type.kind) {
    case 'STRING':
      return `2 + strlen(${value})`;
    case 'JSON':
      return `2 + strlen(${value}::VARCHAR)`;
    case 'BYTES':
      return `2 + octet_length(${value})`;
    case 'ARRAY': {
      const size = orNothing(type.element, 'e');
      return `coalesce(list_sum(list_transform(${value}, lambda e: ${size})), 0)`;
    }
    case 'STRUCT': {
      const sizes = type.fields.map((f, i) =>
        orNothing(f.type, `${value}.${quote(physicalField(type.fields, i))}`),
      );
      return sizes.join(' + ');
    }
    default:
      return String(FIXED[type.kind] ?? 0);
  }
}

const orNothing = (type: BqType, value: string): string =>
  `CASE WHEN ${value} IS NULL THEN 0 ELSE ${valueSize(type, value)} END`;

export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
}

/** Rows and bytes of a DuckDB table. @param where a clause that says of which rows; of all without one */
export async function tableSize(
  session: Session,
  table: TableRef,
  fields: readonly Field[],
  where = '',
): Promise<TableSize> {
  if (fields.length === 0) return { rows: 0, bytes: 0 };
  const sizes = fields.map((f) => columnSize(f.type, quote(f.name)));
  const [row] = await session.rows(
    `SELECT count(*), ${sizes.join(' + ')} FROM ${physicalTable(table)}${where}`,
  );
  return { rows: Number(row?.[0]), bytes: Number(row?.[1]) };
}
