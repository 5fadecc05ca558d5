/** Queries within expressions: scalar, ARRAY, EXISTS, and the only column of IN. */
import { physicalType } from '../../duckdb/types.ts';
import { type BqType, typeText } from '../../types.ts';
import type { Place, SubqueryNode } from '../parse/ast.ts';
import type { Query } from '../parse/query_ast.ts';
import type { Env, OutputColumn, ResolvedQuery, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { BOOL } from './type_rules.ts';
import { type Refs, type Typed, union } from './typed.ts';

export function resolveSubquery(r: Resolver, node: SubqueryNode, env: Env): Typed {
  const { at, form } = node;
  if (form === 'exists') {
    const query = r.query(node.query, inside(env));
    const typed = { type: BOOL, sql: `(EXISTS (${finished(query)}))`, at };
    return { ...typed, refs: readBy(query) };
  }
  const what = form === 'array' ? 'ARRAY subquery' : 'Scalar subquery';
  const { column, query, refs } = onlyColumn(r, node.query, env, what, at);
  if (form === 'scalar') return { type: column.type, sql: `(${finished(query)})`, at, refs };
  if (column.type.kind === 'ARRAY') {
    throw queryError(
      'Cannot use array subquery with column of type ' +
        typeText(column.type) +
        ' because nested arrays are not supported',
      at,
    );
  }
  const type: BqType = { kind: 'ARRAY', element: column.type };
  return { type, sql: arrayText(query, column, type), at, refs };
}

/** What is inside sees what is around it. */
const inside = (env: Env) => ({ outer: env.scope, ctes: env.ctes, home: env.home });

/** The elements in the query's order; an aggregate alone would not keep it. */
function arrayText(query: ResolvedQuery, column: OutputColumn, type: BqType): string {
  const order = query.order.length > 0 ? ` ORDER BY ${query.order.join(', ')}` : '';
  const source =
    query.limit === '' ? query.core : `SELECT * FROM (${query.core})${order}${query.limit}`;
  const list = `SELECT list(${column.alias}${order}) FROM (${source})`;
  return `coalesce((${query.prefix}${list}), CAST([] AS ${physicalType(type)}))`;
}

/** @throws {ApiError} when the query has more columns than one. */
export function onlyColumn(
  r: Resolver,
  node: Query,
  env: Env,
  what: string,
  at: Place,
): { column: OutputColumn; query: ResolvedQuery; text: string; refs: Refs } {
  const query = r.query(node, inside(env));
  const [column, second] = query.columns;
  if (!column || second) {
    const hint =
      what.startsWith('IN') || what === 'LIKE'
        ? `Subquery of type ${what} must have only one output column`
        : `${what} cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values`;
    throw queryError(hint, at);
  }
  return { column, query, text: finished(query), refs: readBy(query) };
}

const readBy = (query: ResolvedQuery): Refs =>
  union(query.always, ...query.columns.map((column) => column.refs));

/** The whole query: in order, limited, with nothing but its columns. */
export function finished(query: ResolvedQuery): string {
  const { prefix, core, order, limit, columns } = query;
  if (order.length === 0) return `${prefix}${core}${limit}`;
  const names = columns.map((column) => column.alias).join(', ');
  return `${prefix}SELECT ${names} FROM (${core}) ORDER BY ${order.join(', ')}${limit}`;
}
