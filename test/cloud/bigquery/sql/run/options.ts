/** OPTIONS, PARTITION BY and CLUSTER BY as properties of the REST API's table resource. */
import { invalidQuery, unsupported } from '../../../errors.ts';
import type { TableOptions } from '../../ports.ts';
import type { Field } from '../../types.ts';
import type { Expr, Name } from '../parse/ast.ts';
import type { Option } from '../parse/statements_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import { constantValue } from '../resolve/constants.ts';
import { expressionEnv } from '../resolve/env.ts';
import { queryError } from '../resolve/errors.ts';
import type { Runner } from './runner.ts';

/** @throws {ApiError} for an option that is unknown or no constant. */
export function readOptions(
  runner: Runner,
  options: readonly Option[],
  allowed: readonly string[],
): ReadonlyMap<string, unknown> {
  const env = expressionEnv(topLevel(runner.context), undefined, 'OPTIONS');
  const values = new Map<string, unknown>();
  for (const { name, value } of options) {
    const key = name.text.toLowerCase();
    if (!allowed.includes(key)) {
      throw queryError(`Unknown option: ${name.text}; known here: ${allowed.join(', ')}`, name.at);
    }
    values.set(key, plainValue(runner, value, env));
  }
  return values;
}

function plainValue(runner: Runner, node: Expr, env: ReturnType<typeof expressionEnv>): unknown {
  const expr = runner.resolver.expression(node, env);
  // TIMESTAMP '…' and the like are constants only to DuckDB.
  if (
    node.kind === 'literal' &&
    !['STRING', 'INT64', 'FLOAT64', 'BOOL', 'NULL'].includes(node.type)
  ) {
    return node.value;
  }
  if (expr.constant?.kind === 'array') return expr.constant.items.map((item) => pairOrValue(item));
  return constantValue(expr);
}

/** `('key', 'value')`, as labels are written. */
function pairOrValue(item: Parameters<typeof constantValue>[0]): unknown {
  if (item.constant?.kind === 'struct') return item.constant.items.map(constantValue);
  return constantValue(item);
}

export const TABLE_OPTIONS = [
  'description',
  'friendly_name',
  'labels',
  'expiration_timestamp',
  'partition_expiration_days',
  'require_partition_filter',
];

export const SCHEMA_OPTIONS = [
  'description',
  'friendly_name',
  'labels',
  'location',
  'default_table_expiration_days',
];

const DAY_MS = 86_400_000;

/** Properties that options stand for; null where one is removed. */
export function optionProperties(options: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const [name, value] of options) {
    const property = PROPERTIES[name];
    if (property) properties[property] = property === 'labels' ? labelsOf(value) : value;
    if (name === 'expiration_timestamp') {
      properties.expirationTime =
        value === null ? null : String(new Date(isoText(String(value))).getTime());
    }
    if (name === 'default_table_expiration_days') {
      properties.defaultTableExpirationMs = value === null ? null : String(Number(value) * DAY_MS);
    }
  }
  return properties;
}

const PROPERTIES: Record<string, string> = {
  description: 'description',
  friendly_name: 'friendlyName',
  labels: 'labels',
  location: 'location',
  require_partition_filter: 'requirePartitionFilter',
};

/** `2030-01-01 00:00:00 UTC` as JavaScript reads it. */
function isoText(text: string): string {
  const zoned = /(?:[zZ]|UTC|[+-]\d\d(?::?\d\d)?)$/.test(text);
  return zoned ? text.replace(/ ?UTC$/, 'Z') : `${text}Z`;
}

function labelsOf(value: unknown): Record<string, string> | null {
  if (value === null) return null;
  return Object.fromEntries((value as [string, string][]).map(([key, label]) => [key, label]));
}

/** PARTITION BY: a column or the truncation of one, or ranges of an integer. */
export function partitioning(
  runner: Runner,
  node: Expr | undefined,
  fields: readonly Field[],
  options: ReadonlyMap<string, unknown>,
): TableOptions {
  const days = options.get('partition_expiration_days') ?? null;
  const expiration = days === null ? {} : { expirationMs: partitionExpiration(days) };
  if (!node) {
    if (days === null) return {};
    throw invalidQuery('partition_expiration_days needs a table that is partitioned by time');
  }
  if (node.kind === 'path') return timePartitioning('DAY', columnNamed(node, fields), expiration);
  const call = node.kind === 'call' ? node : undefined;
  const name =
    call?.name
      .map((part) => part.text)
      .join('.')
      .toUpperCase() ?? '';
  const [column, second] = call?.args ?? [];
  if (name === 'DATE' && column)
    return timePartitioning('DAY', columnNamed(column, fields), expiration);
  if (/^(?:DATE|DATETIME|TIMESTAMP)_TRUNC$/.test(name) && column && second?.kind === 'path') {
    const unit = second.names[0]!.text.toUpperCase();
    if (!['HOUR', 'DAY', 'MONTH', 'YEAR'].includes(unit))
      throw queryError(`Partitioning by ${unit} is not supported`, second.at);
    return timePartitioning(unit, columnNamed(column, fields), expiration);
  }
  if (name === 'RANGE_BUCKET' && column && second?.kind === 'call') {
    const env = expressionEnv(topLevel(runner.context), undefined, 'PARTITION BY');
    const [start, end, interval = 1] = second.args.map((arg) =>
      constantValue(runner.resolver.expression(arg, env)),
    );
    const range = { start: String(start), end: String(end), interval: String(interval) };
    return { rangePartitioning: { field: columnNamed(column, fields).name, range } };
  }
  throw unsupported('PARTITION BY with this expression');
}

/** null where it ends. */
export const partitionExpiration = (days: unknown): string | null =>
  days === null ? null : String(Number(days) * DAY_MS);

const timePartitioning = (type: string, field: Field, expiration: object): TableOptions => ({
  timePartitioning: { type, field: field.name, ...expiration },
});

function columnNamed(node: Expr, fields: readonly Field[]): Field {
  const name = node.kind === 'path' && node.names.length === 1 ? node.names[0] : undefined;
  if (name?.text.toUpperCase().startsWith('_PARTITION'))
    throw unsupported('ingestion-time partitioning');
  const field = fields.find((f) => f.name.toLowerCase() === name?.text.toLowerCase());
  if (!field) throw queryError('PARTITION BY expression must read a column of the table', node.at);
  return field;
}

export function clustering(names: readonly Name[], fields: readonly Field[]): TableOptions {
  if (names.length === 0) return {};
  if (names.length > 4)
    throw queryError('A table can have at most 4 clustering columns', names[4]!.at);
  const columns = names.map(({ text, at }) => {
    const field = fields.find((f) => f.name.toLowerCase() === text.toLowerCase());
    if (!field) throw queryError(`Unrecognized name: ${text}`, at);
    return field.name;
  });
  return { clustering: { fields: columns } };
}
