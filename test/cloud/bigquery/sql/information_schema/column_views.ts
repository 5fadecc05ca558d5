/** Columns and the paths into them, as INFORMATION_SCHEMA shows them. */
import type { TableEntry } from '../../ports.ts';
import { type Field, typeText } from '../../types.ts';
import { arrayOf, INT64, STRING } from '../resolve/type_rules.ts';
import { type Cell, rowsView, TABLE_NAMES, tableNames, type View, yes } from './view.ts';

export const COLUMNS: View = rowsView(
  'dataset',
  [
    ...TABLE_NAMES,
    ['column_name', STRING],
    ['ordinal_position', INT64],
    ['is_nullable', STRING],
    ['data_type', STRING],
    ['is_generated', STRING],
    ['generation_expression', STRING],
    ['is_stored', STRING],
    ['is_hidden', STRING],
    ['is_updatable', STRING],
    ['is_system_defined', STRING],
    ['is_partitioning_column', STRING],
    ['clustering_ordinal_position', INT64],
    ['collation_name', STRING],
    ['column_default', STRING],
    ['rounding_mode', STRING],
    ['policy_tags', arrayOf(STRING)],
  ],
  ({ catalog }, dataset) => catalog.tables(dataset).flatMap(columnRows),
);

function columnRows(entry: TableEntry): Cell[][] {
  const { options, fields } = entry;
  const { field: partition } = (options.timePartitioning ?? options.rangePartitioning ?? {}) as {
    field?: string;
  };
  const { fields: clustering = [] } = (options.clustering ?? {}) as { fields?: string[] };
  return fields.map(({ name, type, required }, i) => {
    const cluster = clustering.findIndex((column) => column.toLowerCase() === name.toLowerCase());
    return [
      ...tableNames(entry),
      name,
      BigInt(i + 1),
      yes(!required),
      typeText(type),
      'NEVER',
      null,
      null,
      'NO',
      null,
      'NO',
      yes(partition?.toLowerCase() === name.toLowerCase()),
      cluster < 0 ? null : BigInt(cluster + 1),
      null,
      null,
      null,
      [],
    ];
  });
}

export const COLUMN_FIELD_PATHS: View = rowsView(
  'dataset',
  [
    ...TABLE_NAMES,
    ['column_name', STRING],
    ['field_path', STRING],
    ['data_type', STRING],
    ['description', STRING],
    ['collation_name', STRING],
    ['rounding_mode', STRING],
    ['policy_tags', arrayOf(STRING)],
  ],
  ({ catalog }, dataset) =>
    catalog
      .tables(dataset)
      .flatMap((entry) =>
        entry.fields.flatMap((column) =>
          pathsOf(column, column.name).map(({ path, field }) => [
            ...tableNames(entry),
            column.name,
            path,
            typeText(field.type),
            field.description ?? null,
            null,
            null,
            [],
          ]),
        ),
      ),
);

/** A field and all fields in it, also those of the structs of an array. */
function pathsOf(field: Field, path: string): { path: string; field: Field }[] {
  const type = field.type.kind === 'ARRAY' ? field.type.element : field.type;
  const inner = type.kind === 'STRUCT' ? type.fields : [];
  return [{ path, field }, ...inner.flatMap((each) => pathsOf(each, `${path}.${each.name}`))];
}
