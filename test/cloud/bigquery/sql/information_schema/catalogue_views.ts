/** Datasets, tables, views and functions, as INFORMATION_SCHEMA shows them. */
import type { TableEntry } from '../../ports.ts';
import { STRING, scalar } from '../resolve/type_rules.ts';
import { type Cell, rowsView, TABLE_NAMES, tableNames, type View, yes } from './view.ts';

const TIMESTAMP = scalar('TIMESTAMP');

export const SCHEMATA: View = rowsView(
  'project',
  [
    ['catalog_name', STRING],
    ['schema_name', STRING],
    ['schema_owner', STRING],
    ['creation_time', TIMESTAMP],
    ['last_modified_time', TIMESTAMP],
    ['location', STRING],
    ['default_collation_name', STRING],
  ],
  ({ catalog }, { projectId }) =>
    catalog
      .datasets(projectId)
      .map(({ ref, options, created, modified }) => [
        projectId,
        ref.datasetId,
        null,
        created,
        modified,
        String(options.location ?? 'US'),
        null,
      ]),
);

const isTable = ({ kind }: TableEntry): boolean => kind === 'TABLE';

export const TABLES: View = rowsView(
  'dataset',
  [
    ...TABLE_NAMES,
    ['table_type', STRING],
    ['managed_table_type', STRING],
    ['is_insertable_into', STRING],
    ['is_fine_grained_mutations_enabled', STRING],
    ['is_typed', STRING],
    ['is_change_history_enabled', STRING],
    ['creation_time', TIMESTAMP],
    ['base_table_catalog', STRING],
    ['base_table_schema', STRING],
    ['base_table_name', STRING],
    ['snapshot_time_ms', TIMESTAMP],
    ['default_collation_name', STRING],
  ],
  ({ catalog }, dataset) =>
    catalog
      .tableRecords(dataset)
      .map(({ entry, created }) => [
        ...tableNames(entry),
        isTable(entry) ? 'BASE TABLE' : 'VIEW',
        isTable(entry) ? 'NATIVE' : null,
        yes(isTable(entry)),
        'NO',
        'NO',
        'NO',
        created,
        null,
        null,
        null,
        null,
        null,
      ]),
);

export const VIEWS: View = rowsView(
  'dataset',
  [
    ...TABLE_NAMES,
    ['view_definition', STRING],
    ['check_option', STRING],
    ['use_standard_sql', STRING],
  ],
  ({ catalog }, dataset) =>
    catalog
      .tables(dataset)
      .filter((entry) => !isTable(entry))
      .map((entry) => [...tableNames(entry), entry.viewQuery ?? '', null, 'YES']),
);

export const TABLE_OPTIONS: View = rowsView(
  'dataset',
  [...TABLE_NAMES, ['option_name', STRING], ['option_type', STRING], ['option_value', STRING]],
  ({ catalog }, dataset) =>
    catalog
      .tables(dataset)
      .flatMap((entry) => optionsOf(entry).map((option) => [...tableNames(entry), ...option])),
);

/** Name, type and GoogleSQL literal of each option that is set, in the order of the names. */
function optionsOf({ options }: TableEntry): Cell[][] {
  const time = (options.timePartitioning ?? {}) as {
    expirationMs?: string;
    requirePartitionFilter?: boolean;
  };
  const labels = Object.entries((options.labels ?? {}) as Record<string, string>);
  const pairs = labels.map(([key, value]) => `STRUCT(${text(key)}, ${text(value)})`);
  const filter = options.requirePartitionFilter ?? time.requirePartitionFilter;
  const expiry = options.expirationTime;
  return [
    ...(options.description ? [['description', 'STRING', text(options.description)]] : []),
    ...(expiry ? [['expiration_timestamp', 'TIMESTAMP', timestamp(Number(expiry))]] : []),
    ...(options.friendlyName ? [['friendly_name', 'STRING', text(options.friendlyName)]] : []),
    ...(pairs.length > 0
      ? [['labels', 'ARRAY<STRUCT<STRING, STRING>>', `[${pairs.join(', ')}]`]]
      : []),
    ...(time.expirationMs
      ? [['partition_expiration_days', 'FLOAT64', days(Number(time.expirationMs))]]
      : []),
    ...(filter === true ? [['require_partition_filter', 'BOOL', 'true']] : []),
  ];
}

const text = (value: unknown): string => JSON.stringify(value);
const timestamp = (milliseconds: number): string =>
  `TIMESTAMP "${new Date(milliseconds).toISOString()}"`;

function days(milliseconds: number): string {
  const count = String(milliseconds / 86_400_000);
  return count.includes('.') ? count : `${count}.0`;
}

export const ROUTINES: View = rowsView(
  'dataset',
  [
    ['specific_catalog', STRING],
    ['specific_schema', STRING],
    ['specific_name', STRING],
    ['routine_catalog', STRING],
    ['routine_schema', STRING],
    ['routine_name', STRING],
    ['routine_type', STRING],
    ['data_type', STRING],
    ['routine_body', STRING],
    ['routine_definition', STRING],
    ['external_language', STRING],
    ['is_deterministic', STRING],
    ['security_type', STRING],
    ['created', TIMESTAMP],
    ['last_altered', TIMESTAMP],
    ['ddl', STRING],
    ['connection', STRING],
  ],
  ({ catalog }, dataset) =>
    catalog.routineRecords(dataset).map(({ entry, created, modified }) => {
      const { projectId, datasetId, routineId } = entry.ref;
      const names = [projectId, datasetId, routineId];
      const { returns, body } = definitionOf(entry.definition);
      const ddl = `CREATE FUNCTION \`${names.join('.')}\`${entry.definition}`;
      return [
        ...names,
        ...names,
        'FUNCTION',
        returns,
        'SQL',
        body,
        null,
        null,
        null,
        created,
        modified,
        ddl,
        null,
      ];
    }),
);

/** `(x INT64) RETURNS INT64 AS (x * 2)`: what it returns, where it says so, and its body. */
function definitionOf(definition: string): { returns: string | null; body: string } {
  const [, returns, body] =
    /\)\s*(?:RETURNS\s+([\s\S]+?)\s+)?AS\s*\(([\s\S]*)\)\s*;?\s*$/i.exec(definition) ?? [];
  return { returns: returns ?? null, body: (body ?? definition).trim() };
}
