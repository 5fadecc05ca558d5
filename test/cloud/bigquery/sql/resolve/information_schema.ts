/** INFORMATION_SCHEMA: what the catalogue holds, as rows. */
import { notFound, unsupported } from '../../../errors.ts';
import { type DatasetRef, describeDataset } from '../../names.ts';
import type { TableEntry } from '../../ports.ts';
import { type BqType, typeText } from '../../types.ts';
import type { Home, Resolver } from './context.ts';
import { integerSql, stringSql } from './literals.ts';
import { columnsOf, named, type Relation } from './relation.ts';
import { BOOL, INT64, STRING } from './type_rules.ts';
import { NO_REFS } from './typed.ts';

type Cell = string | bigint | boolean | null;

interface View {
  readonly columns: readonly (readonly [string, BqType])[];
  /** Of all datasets of a project, not of one. */
  readonly ofProject?: true;
  rows(r: Resolver, dataset: DatasetRef): readonly (readonly Cell[])[];
}

/** The columns that every view of tables begins with. */
const TABLE_NAMES = [
  ['table_catalog', STRING],
  ['table_schema', STRING],
  ['table_name', STRING],
] as const;

const names = ({ ref }: TableEntry): Cell[] => [ref.projectId, ref.datasetId, ref.tableId];

/** A YES-or-NO column. */
const yes = (value: boolean): string => (value ? 'YES' : 'NO');

const VIEWS: Record<string, View> = {
  SCHEMATA: {
    columns: [
      ['catalog_name', STRING],
      ['schema_name', STRING],
    ],
    ofProject: true,
    rows: (r, { projectId }) =>
      r.catalog.datasets(projectId).map(({ ref }) => [projectId, ref.datasetId]),
  },
  TABLES: {
    columns: [...TABLE_NAMES, ['table_type', STRING], ['is_insertable_into', STRING]],
    rows: (r, dataset) =>
      r.catalog
        .tables(dataset)
        .map((entry) => [
          ...names(entry),
          entry.kind === 'VIEW' ? 'VIEW' : 'BASE TABLE',
          yes(entry.kind !== 'VIEW'),
        ]),
  },
  VIEWS: {
    columns: [...TABLE_NAMES, ['view_definition', STRING], ['use_standard_sql', STRING]],
    rows: (r, dataset) =>
      r.catalog
        .tables(dataset)
        .filter((entry) => entry.kind === 'VIEW')
        .map((entry) => [...names(entry), entry.viewQuery ?? '', 'YES']),
  },
  COLUMNS: {
    columns: [
      ...TABLE_NAMES,
      ['column_name', STRING],
      ['ordinal_position', INT64],
      ['is_nullable', STRING],
      ['data_type', STRING],
      ['is_partitioning_column', STRING],
      ['clustering_ordinal_position', INT64],
      ['is_hidden', STRING],
    ],
    rows: (r, dataset) => r.catalog.tables(dataset).flatMap(columnRows),
  },
};

function columnRows(entry: TableEntry): Cell[][] {
  const { options, fields } = entry;
  const { field: partition } = (options.timePartitioning ?? options.rangePartitioning ?? {}) as {
    field?: string;
  };
  const { fields: clustering = [] } = (options.clustering ?? {}) as { fields?: string[] };
  return fields.map(({ name, type, required }, i) => {
    const cluster = clustering.findIndex((column) => column.toLowerCase() === name.toLowerCase());
    return [
      ...names(entry),
      name,
      BigInt(i + 1),
      yes(!required),
      typeText(type),
      yes(partition?.toLowerCase() === name.toLowerCase()),
      cluster < 0 ? null : BigInt(cluster + 1),
      'NO',
    ];
  });
}

/** The relation of `[project.]dataset.INFORMATION_SCHEMA.X`; undefined for any other path. */
export function informationSchema(
  r: Resolver,
  parts: readonly string[],
  home: Home,
  alias: string,
): Relation | undefined {
  const at = parts.findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA');
  if (at < 0 || at !== parts.length - 2) return undefined;
  const name = parts[at + 1]!.toUpperCase();
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : undefined;
  if (!view) throw unsupported(`INFORMATION_SCHEMA.${name}`);
  const projectId = parts[at - 2] ?? home.projectId;
  const given = parts[at - 1]?.startsWith('region-') ? undefined : parts[at - 1];
  if (view.ofProject) {
    if (given !== undefined) throw unsupported(`INFORMATION_SCHEMA.${name} of one dataset`);
    return relationOf(r, view, view.rows(r, { projectId, datasetId: '' }), alias);
  }
  const datasetId = given ?? (parts[at - 1] ? undefined : home.datasetId?.datasetId);
  if (datasetId === undefined) {
    throw unsupported(`INFORMATION_SCHEMA.${name} of a whole region: name a dataset`);
  }
  const dataset = { projectId, datasetId };
  if (!r.catalog.hasDataset(dataset)) {
    throw notFound(`${describeDataset(dataset)} was not found in location US`);
  }
  return relationOf(r, view, view.rows(r, dataset), alias);
}

function relationOf(
  r: Resolver,
  { columns }: View,
  rows: readonly (readonly Cell[])[],
  alias: string,
): Relation {
  const unique = r.unique('t');
  const aliases = columns.map((_, i) => `c${i + 1}`);
  const values = rows.map(
    (row) => `(${row.map((cell, i) => cellSql(cell, columns[i]![1])).join(', ')})`,
  );
  // VALUES needs a row; one that no condition lets through gives the columns their types.
  const blank = `(${columns.map(([, type]) => cellSql(null, type)).join(', ')})`;
  const body = values.length > 0 ? values.join(', ') : blank;
  const filter = values.length > 0 ? '' : ' WHERE FALSE';
  const sql = `(SELECT * FROM (VALUES ${body}) AS v(${aliases.join(', ')})${filter}) AS ${unique}`;
  const outputs = columns.map(([name, type], i) => ({
    name,
    type,
    alias: aliases[i]!,
    refs: NO_REFS,
  }));
  return named(sql, columnsOf(unique, outputs), alias);
}

function cellSql(cell: Cell, type: BqType): string {
  if (cell === null)
    return `CAST(NULL AS ${type === INT64 ? 'BIGINT' : type === BOOL ? 'BOOLEAN' : 'VARCHAR'})`;
  if (typeof cell === 'bigint') return integerSql(cell);
  return typeof cell === 'boolean' ? String(cell) : stringSql(cell);
}
