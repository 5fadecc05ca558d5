/** What a view of INFORMATION_SCHEMA is, and how its rows become DuckDB's text. */
import { physicalField, physicalType } from '../../duckdb/types.ts';
import type { DatasetRef } from '../../names.ts';
import { quote } from '../../names.ts';
import type { Catalog, JobHistory, TableEntry } from '../../ports.ts';
import type { BqType } from '../../types.ts';
import { floatSql, integerSql, stringSql, timestampSql } from '../resolve/literals.ts';
import { STRING } from '../resolve/type_rules.ts';

/** What the views show. */
export interface Shown {
  readonly catalog: Catalog;
  readonly jobs: JobHistory;
}

/** A value as the column's type wants it; INT64 as bigint, TIMESTAMP as milliseconds since 1970. */
export type Cell = string | number | bigint | boolean | null | readonly Cell[];

export type Columns = readonly (readonly [name: string, type: BqType])[];

export interface View {
  readonly columns: Columns;
  /** Of one dataset, or of a project. */
  readonly of: 'dataset' | 'project';
  /** DuckDB queries whose rows, all together, are the view's: columns in order. */
  readonly queries: (shown: Shown, place: DatasetRef) => readonly string[];
}

/** A view whose rows are known before the query runs. */
export const rowsView = (
  of: View['of'],
  columns: Columns,
  rows: (shown: Shown, place: DatasetRef) => readonly (readonly Cell[])[],
): View => ({
  of,
  columns,
  queries: (shown, place) => {
    const values = rows(shown, place).map(
      (row) => `(${row.map((cell, i) => cellSql(cell, columns[i]![1])).join(', ')})`,
    );
    return values.length === 0 ? [] : [`SELECT * FROM (VALUES ${values.join(', ')})`];
  },
});

export function cellSql(cell: Cell, type: BqType): string {
  const kept = physicalType(type);
  if (cell === null) return `CAST(NULL AS ${kept})`;
  if (type.kind === 'ARRAY') {
    const items = (cell as readonly Cell[]).map((item) => cellSql(item, type.element));
    return `CAST([${items.join(', ')}] AS ${kept})`;
  }
  if (type.kind === 'STRUCT') {
    const parts = type.fields.map((field, i) => {
      const value = cellSql((cell as readonly Cell[])[i]!, field.type);
      return `${quote(physicalField(type.fields, i))} := ${value}`;
    });
    return `struct_pack(${parts.join(', ')})`;
  }
  if (type.kind === 'TIMESTAMP') return timestampSql(BigInt(Math.round(Number(cell))) * 1000n);
  if (typeof cell === 'bigint') return integerSql(cell);
  if (typeof cell === 'number') return floatSql(cell);
  return typeof cell === 'boolean' ? String(cell) : stringSql(String(cell));
}

/** The columns that every view of tables begins with. */
export const TABLE_NAMES: Columns = [
  ['table_catalog', STRING],
  ['table_schema', STRING],
  ['table_name', STRING],
];

export const tableNames = ({ ref }: Pick<TableEntry, 'ref'>): string[] => [
  ref.projectId,
  ref.datasetId,
  ref.tableId,
];

/** A YES-or-NO column. */
export const yes = (value: boolean): string => (value ? 'YES' : 'NO');
