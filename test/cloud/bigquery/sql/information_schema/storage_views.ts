/** Rows and bytes of tables and of their partitions: counted when the query runs. */
import { columnSize } from '../../duckdb/logical_size.ts';
import { physicalTable, quote } from '../../names.ts';
import type { Recorded, TableEntry } from '../../ports.ts';
import { BOOL, INT64, STRING, scalar } from '../resolve/type_rules.ts';
import { type Cell, type Columns, cellSql, TABLE_NAMES, tableNames, type View } from './view.ts';

const TIMESTAMP = scalar('TIMESTAMP');

type Record = { readonly entry: TableEntry } & Recorded;

/** Base tables whose columns are known. */
const stored = (records: readonly Record[]): Record[] =>
  records.filter(({ entry }) => entry.kind === 'TABLE' && entry.fields.length > 0);

/** DuckDB's text of the logical bytes of rows. */
const bytesOf = ({ fields }: TableEntry): string =>
  `CAST(${fields.map(({ name, type }) => columnSize(type, quote(name))).join(' + ')} AS BIGINT)`;

/** Constants, and DuckDB's text where the value is counted. */
type Counted = Cell | { readonly sql: string };

const listOf = (columns: Columns, cells: readonly Counted[]): string =>
  cells
    .map((cell, i) =>
      typeof cell === 'object' && cell !== null && 'sql' in cell
        ? cell.sql
        : cellSql(cell, columns[i]![1]),
    )
    .join(', ');

const PARTITION_COLUMNS: Columns = [
  ...TABLE_NAMES,
  ['partition_id', STRING],
  ['total_rows', INT64],
  ['total_logical_bytes', INT64],
  ['total_billable_bytes', INT64],
  ['last_modified_time', TIMESTAMP],
  ['storage_tier', STRING],
];

export const PARTITIONS: View = {
  of: 'dataset',
  columns: PARTITION_COLUMNS,
  queries: ({ catalog }, dataset) =>
    stored(catalog.tableRecords(dataset)).map(({ entry, modified }) => {
      const id = partitionId(entry);
      const bytes = { sql: bytesOf(entry) };
      const cells: Counted[] = [
        ...tableNames(entry),
        id === undefined ? null : { sql: id },
        { sql: 'count(*)' },
        bytes,
        bytes,
        modified,
        'ACTIVE',
      ];
      const groups = id === undefined ? '' : ` GROUP BY ${id}`;
      return `SELECT ${listOf(PARTITION_COLUMNS, cells)} FROM ${physicalTable(entry.ref)}${groups}`;
    }),
};

const TIME_FORMATS: Readonly<globalThis.Record<string, string>> = {
  HOUR: '%Y%m%d%H',
  DAY: '%Y%m%d',
  MONTH: '%Y%m',
  YEAR: '%Y',
};

/** DuckDB's text of a row's partition; undefined for a table without partitions. */
function partitionId({ options, fields }: TableEntry): string | undefined {
  const time = options.timePartitioning as { type?: string; field?: string } | undefined;
  const range = options.rangePartitioning as
    | { field: string; range: { start: string; end: string; interval: string } }
    | undefined;
  const name = time?.field ?? range?.field;
  const field = fields.find((one) => one.name.toLowerCase() === name?.toLowerCase());
  if (!field) return undefined;
  const column = quote(field.name);
  if (range) {
    const { start, end, interval } = range.range;
    const first = `(${column} - ${start}) // ${interval} * ${interval} + ${start}`;
    const inside = `${column} >= ${start} AND ${column} < ${end}`;
    return `CASE WHEN ${column} IS NULL THEN '__NULL__' WHEN ${inside} THEN CAST(${first} AS VARCHAR) ELSE '__UNPARTITIONED__' END`;
  }
  const utc = field.type.kind === 'TIMESTAMP' ? `timezone('UTC', ${column})` : column;
  const format = TIME_FORMATS[time?.type ?? 'DAY'] ?? '%Y%m%d';
  return `coalesce(strftime(${utc}, '${format}'), '__NULL__')`;
}

const STORAGE_COLUMNS: Columns = [
  ['project_id', STRING],
  ['project_number', INT64],
  ...TABLE_NAMES,
  ['creation_time', TIMESTAMP],
  ['total_rows', INT64],
  ['total_partitions', INT64],
  ['total_logical_bytes', INT64],
  ['active_logical_bytes', INT64],
  ['long_term_logical_bytes', INT64],
  ['storage_last_modified_time', TIMESTAMP],
  ['deleted', BOOL],
  ['table_type', STRING],
  ['managed_table_type', STRING],
];

/** Without the columns on physical bytes, which here would be DuckDB's. */
export const TABLE_STORAGE: View = {
  of: 'project',
  columns: STORAGE_COLUMNS,
  queries: ({ catalog }, { projectId }) =>
    catalog
      .datasets(projectId)
      .flatMap(({ ref }) => stored(catalog.tableRecords(ref)))
      .map(({ entry, created, modified }) => {
        const id = partitionId(entry);
        const bytes = { sql: bytesOf(entry) };
        const cells: Counted[] = [
          projectId,
          null,
          ...tableNames(entry),
          created,
          { sql: 'count(*)' },
          id === undefined ? 0n : { sql: `count(DISTINCT ${id})` },
          bytes,
          bytes,
          0n,
          modified,
          false,
          'BASE TABLE',
          'NATIVE',
        ];
        return `SELECT ${listOf(STORAGE_COLUMNS, cells)} FROM ${physicalTable(entry.ref)}`;
      }),
};
