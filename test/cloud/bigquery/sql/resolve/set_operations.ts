/** UNION, INTERSECT and EXCEPT, by position or by name. */

import { physicalType } from '../../duckdb/types.ts';
import { typeText } from '../../types.ts';
import type { Name, OrderItem } from '../parse/ast.ts';
import type { ByName, SetOperation } from '../parse/query_ast.ts';
import { coerce, commonType } from './coercion.ts';
import type { OutputColumn, QueryEnv, ResolvedQuery, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { resolveOrder } from './ordering.ts';
import { AliasScope } from './scope.ts';
import { aliasTargets, type Output } from './select_list.ts';
import { finished } from './subqueries.ts';
import { isGroupable } from './type_rules.ts';
import { nullOf, type Typed, union } from './typed.ts';

type Combined = Omit<ResolvedQuery, 'prefix' | 'limit'>;

/** Combines the rows of queries whose columns are known. */
export function combine(operation: SetOperation, inputs: readonly ResolvedQuery[]): Combined {
  const { operator, byName, at } = operation;
  const matched = byName ? matchByName(byName, inputs, at) : inputs.map((input) => input.columns);
  const [first] = matched as [readonly (OutputColumn | undefined)[]];
  for (const columns of matched) {
    if (columns.length === first.length) continue;
    throw queryError(
      `Queries in ${operator} have mismatched column count; query 1 has ${first.length} columns, query 2 has ${columns.length} columns`,
      at,
    );
  }
  const types = first.map((_, i) =>
    columnType(
      matched.map((columns) => columns[i]),
      i,
      operation,
    ),
  );
  const texts = inputs.map((input, k) => inputText(input, matched[k]!, types));
  const columns = first.map((_, i): OutputColumn => {
    const sources = matched.flatMap((other) => other[i] ?? []);
    const refs = union(...sources.map((column) => column.refs));
    return { name: sources[0]!.name, type: types[i]!, alias: `c${i + 1}`, refs };
  });
  const distinct = operator !== 'UNION ALL';
  // Rows are told apart by all columns, so all of them are read.
  const reads = distinct ? columns.map((column) => column.refs) : [];
  return {
    columns,
    value: inputs.every((input) => input.value),
    core: texts.join(` ${OPERATORS[operator]} `),
    order: [],
    always: union(...inputs.map((input) => input.always), ...reads),
  };
}

const OPERATORS: Record<SetOperation['operator'], string> = {
  'UNION ALL': 'UNION ALL',
  'UNION DISTINCT': 'UNION',
  'INTERSECT DISTINCT': 'INTERSECT',
  'EXCEPT DISTINCT': 'EXCEPT',
};

const asTyped = (column: OutputColumn, operation: SetOperation): Typed =>
  column.literal ?? { type: column.type, sql: column.alias, at: operation.at, refs: column.refs };

function columnType(
  columns: readonly (OutputColumn | undefined)[],
  index: number,
  operation: SetOperation,
) {
  const present = columns.filter((column) => column !== undefined);
  const type = commonType(present.map((column) => asTyped(column, operation)));
  if (!type) {
    const types = present.map((column) => typeText(column.type)).join(', ');
    throw queryError(
      `Column ${index + 1} in ${operation.operator} has incompatible types: ${types}`,
      operation.at,
    );
  }
  if (operation.operator !== 'UNION ALL' && !isGroupable(type)) {
    throw queryError(
      `Column ${index + 1} in ${operation.operator} has type that does not support set operation comparisons: ${typeText(type)}`,
      operation.at,
    );
  }
  return type;
}

/** An input's columns in the operation's order and of its types; NULL where it lacks one. */
function inputText(
  input: ResolvedQuery,
  columns: readonly (OutputColumn | undefined)[],
  types: readonly Typed['type'][],
): string {
  const list = columns.map((column, i) => `${columnText(column, types[i]!)} AS c${i + 1}`);
  return `(SELECT ${list.join(', ')} FROM (${finished(input)}))`;
}

function columnText(column: OutputColumn | undefined, type: Typed['type']): string {
  if (!column) return `CAST(NULL AS ${physicalType(type)})`;
  const at = { line: 1, column: 1, offset: 0 };
  const read: Typed = { type: column.type, sql: column.alias, at, refs: column.refs };
  const literal = column.literal && coerce(column.literal, type);
  return (coerce(read, type) ?? literal ?? nullOf(type, at)).sql;
}

function matchByName(
  byName: ByName,
  inputs: readonly ResolvedQuery[],
  at: SetOperation['at'],
): readonly (readonly (OutputColumn | undefined)[])[] {
  const maps = inputs.map((input) => byNameMap(input, at));
  const names = byName.columns
    ? listed(byName.columns, maps, byName)
    : chosen(byName, inputs, maps, at);
  return maps.map((map) => names.map((name) => map.get(name)));
}

function byNameMap(input: ResolvedQuery, at: SetOperation['at']): Map<string, OutputColumn> {
  const map = new Map<string, OutputColumn>();
  for (const column of input.columns) {
    const key = column.name.toLowerCase();
    if (key === '') throw queryError('Set operations by name do not support anonymous columns', at);
    if (map.has(key))
      throw queryError(`Duplicate column name ${column.name} in a set operation by name`, at);
    map.set(key, column);
  }
  return map;
}

function listed(
  columns: readonly Name[],
  maps: readonly ReadonlyMap<string, OutputColumn>[],
  byName: ByName,
): readonly string[] {
  return columns.map(({ text, at }) => {
    const key = text.toLowerCase();
    const places = maps.map((map) => map.has(key));
    const enough =
      byName.mode === 'FULL'
        ? places.some(Boolean)
        : byName.mode === 'LEFT'
          ? places[0]
          : places.every(Boolean);
    if (!enough)
      throw queryError(
        `Column name ${text} in the column list of a set operation is not in its inputs`,
        at,
      );
    return key;
  });
}

function chosen(
  byName: ByName,
  inputs: readonly ResolvedQuery[],
  maps: readonly ReadonlyMap<string, OutputColumn>[],
  at: SetOperation['at'],
): readonly string[] {
  const first = inputs[0]!.columns.map((column) => column.name.toLowerCase());
  const all = [
    ...new Set(inputs.flatMap((input) => input.columns.map((c) => c.name.toLowerCase()))),
  ];
  const common = first.filter((name) => maps.every((map) => map.has(name)));
  if (byName.mode === 'STRICT' && common.length !== all.length) {
    const missing = all.find((name) => !common.includes(name));
    throw queryError(
      `BY NAME without a mode requires all inputs to have the same column names; ${missing} is not in all of them`,
      at,
    );
  }
  if (byName.mode === 'FULL') return all;
  if (common.length === 0)
    throw queryError('Set operations by name need a column that all inputs have', at);
  return byName.mode === 'LEFT' ? first : common;
}

/** ORDER BY after a set operation sees its columns and nothing else. */
export function ordered(
  r: Resolver,
  query: Combined,
  orderBy: readonly OrderItem[],
  env: QueryEnv,
): Combined {
  if (orderBy.length === 0) return query;
  const place = { line: 1, column: 1, offset: 0 };
  const outputs: Output[] = query.columns.map((column) => ({
    name: column.name,
    expr: { type: column.type, sql: column.alias, at: place, refs: column.refs, total: true },
  }));
  const scope = new AliasScope(aliasTargets(outputs), env.outer);
  const orderEnv = {
    ...env,
    scope,
    clause: 'ORDER BY clause',
    aggregates: undefined,
    windows: undefined,
  };
  const { keys, hidden, exprs } = resolveOrder(r, orderBy, outputs, orderEnv, true);
  const more = hidden.map(({ sql, alias }) => `, ${sql} AS ${alias}`).join('');
  const core = `SELECT *${more} FROM (${query.core})`;
  return { ...query, core, order: keys, always: union(query.always, ...exprs.map((e) => e.refs)) };
}
