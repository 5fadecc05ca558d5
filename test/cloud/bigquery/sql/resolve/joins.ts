/** Joins: what both sides bring, on which condition rows meet. */
import type { JoinItem } from '../parse/query_ast.ts';
import type { QueryEnv, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { compare, condition } from './operators.ts';
import { checkAliases, onlyAlias, type Relation } from './relation.ts';
import { columnValue, FromScope, type Scope } from './scope.ts';
import { type Column, type Refs, type Typed, union } from './typed.ts';

type ResolveItem = (item: JoinItem['left'], lateral: Scope | undefined) => Relation;

export function resolveJoin(
  r: Resolver,
  item: JoinItem,
  env: QueryEnv,
  lateral: Scope | undefined,
  resolve: ResolveItem,
): Relation {
  const left = resolve(item.left, lateral);
  const seen = new FromScope(left.columns, left.ranges, lateral);
  const right = resolve(item.right, seen);
  const ranges = [...left.ranges, ...right.ranges];
  checkAliases(ranges, item.at);
  if (item.using) return joinUsing(item, left, right);
  const columns = [...left.columns, ...right.columns];
  const scope = new FromScope(columns, ranges, env.outer);
  const on = item.on && joinCondition(r, item.on, env, scope);
  const sql = joinText(item, left, right, on?.sql);
  const always = union(left.always, right.always, on?.refs ?? new Set());
  return { sql, columns, ranges, always };
}

function joinCondition(
  r: Resolver,
  node: NonNullable<JoinItem['on']>,
  env: QueryEnv,
  scope: Scope,
): Typed {
  const expr = r.expression(node, {
    ...env,
    scope,
    clause: 'JOIN ON clause',
    aggregates: undefined,
    windows: undefined,
  });
  return condition(expr, 'JOIN ON clause');
}

const KEYWORDS: Record<JoinItem['type'], string> = {
  INNER: 'JOIN',
  LEFT: 'LEFT JOIN',
  RIGHT: 'RIGHT JOIN',
  FULL: 'FULL JOIN',
  CROSS: 'CROSS JOIN',
  COMMA: 'CROSS JOIN',
};

function joinText(item: JoinItem, left: Relation, right: Relation, on: string | undefined): string {
  const { type } = item;
  if (type === 'CROSS' || type === 'COMMA') return crossText(left, right);
  if (on === undefined && !(right.array && (type === 'INNER' || type === 'LEFT'))) {
    throw queryError(`${type} JOIN must have an immediately following ON or USING clause`, item.at);
  }
  if (type === 'LEFT' && right.array && on !== undefined) {
    // DuckDB joins what reads the left side only by comparisons: the condition moves into the array.
    const rows = `(SELECT * FROM ${right.sql} WHERE ${on}) AS ${right.array.alias}`;
    return `(${left.sql} LEFT JOIN ${rows} ON TRUE)`;
  }
  return `(${left.sql} ${KEYWORDS[type]} ${right.sql} ON ${on ?? 'TRUE'})`;
}

/**
 * DuckDB is quick with the elements of a column of the left side; of anything else that reads that side
 * it groups and joins all rows. So the array is made a column first, under a name that no column has.
 */
function crossText(left: Relation, right: Relation): string {
  const alias = onlyAlias(left);
  const { array } = right;
  if (!array || !alias || right.always.size === 0) return `(${left.sql} CROSS JOIN ${right.sql})`;
  const name = `"${array.alias}[]"`;
  const widened = `(SELECT ${alias}.*, ${array.sql} AS ${name} FROM ${left.sql}) AS ${alias}`;
  return `(${widened} CROSS JOIN ${array.rows(`${alias}.${name}`)})`;
}

/** Columns of USING come first and once; for FULL JOIN they are whichever side has a row. */
function joinUsing(item: JoinItem, left: Relation, right: Relation): Relation {
  const conditions: string[] = [];
  const merged: Column[] = [];
  const used = new Set<Column>();
  let reads: Refs = new Set();
  for (const name of item.using!) {
    const a = onlyColumn(left, name.text, 'left', name.at);
    const b = onlyColumn(right, name.text, 'right', name.at);
    const pair = [columnValue(a, name.at), columnValue(b, name.at)] as const;
    const equal = compare('=', pair[0], pair[1], name.at);
    conditions.push(equal.sql);
    reads = union(reads, equal.refs);
    merged.push(mergedColumn(item.type, a, b));
    used.add(a);
    used.add(b);
  }
  const rest = [...left.columns, ...right.columns].filter((column) => !used.has(column));
  return {
    sql: joinText(item, left, right, conditions.join(' AND ')),
    columns: [...merged, ...rest],
    ranges: [...left.ranges, ...right.ranges],
    always: union(left.always, right.always, reads),
  };
}

function mergedColumn(type: JoinItem['type'], left: Column, right: Column): Column {
  if (type === 'RIGHT') return { ...right, sources: new Set([right]) };
  if (type !== 'FULL') return { ...left, sources: new Set([left]) };
  const sql = `coalesce(${left.sql}, ${right.sql})`;
  return { name: left.name, type: left.type, sql, sources: new Set([left, right]) };
}

function onlyColumn(relation: Relation, name: string, side: string, at: JoinItem['at']): Column {
  const key = name.toLowerCase();
  const found = relation.columns.filter((column) => column.name.toLowerCase() === key);
  if (found.length === 1) return found[0]!;
  throw queryError(
    found.length === 0
      ? `Column ${name} in USING clause not found on ${side} side of join`
      : `Column ${name} in USING clause is ambiguous on ${side} side of join`,
    at,
  );
}
