/** FROM: tables, subqueries, UNNEST, table functions, joins, PIVOT, UNPIVOT and TABLESAMPLE. */
import { unsupported } from '../../../errors.ts';
import type { Name, Place } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseTablePath } from './paths.ts';
import { parsePivot, parseUnpivot, seesPivot } from './pivot.ts';
import { queryInParentheses } from './primaries.ts';
import type { FromItem, JoinItem, TableArgument } from './query_ast.ts';

export function parseFrom(cursor: Cursor): FromItem {
  let left = parseJoins(cursor, parseItem(cursor));
  while (cursor.seesOperator(',')) {
    const at = cursor.place;
    cursor.next();
    const right = parseItem(cursor);
    const comma: JoinItem = {
      kind: 'join',
      at,
      type: 'COMMA',
      left,
      right,
      on: undefined,
      using: undefined,
    };
    left = parseJoins(cursor, comma);
  }
  return left;
}

/** Joins to the right of an item, from left to right. */
function parseJoins(cursor: Cursor, first: FromItem): FromItem {
  let left = first;
  for (;;) {
    const join = parseJoin(cursor, left);
    if (!join) return left;
    left = join;
  }
}

function parseJoin(cursor: Cursor, left: FromItem): FromItem | undefined {
  const at = cursor.place;
  const type = parseJoinType(cursor);
  if (!type) return undefined;
  if (left.kind === 'join' && left.type === 'COMMA' && (type === 'RIGHT' || type === 'FULL')) {
    throw cursor.problem(`${type} JOIN must be parenthesized when following a comma join`, at);
  }
  const right = parseItem(cursor);
  const condition = type === 'CROSS' ? undefined : parseCondition(cursor);
  if (condition || type === 'CROSS') {
    return { kind: 'join', at, type, left, right, on: condition?.on, using: condition?.using };
  }
  return parseDeferred(cursor, { at, type, left, right });
}

/** `A JOIN B JOIN C ON … ON …`: the first join's condition stands behind the second's. */
function parseDeferred(
  cursor: Cursor,
  join: { at: Place; type: JoinItem['type']; left: FromItem; right: FromItem },
): FromItem {
  const mark = cursor.mark;
  const nested = parseJoin(cursor, join.right);
  const condition = nested && parseCondition(cursor);
  if (nested && condition) return { kind: 'join', ...join, right: nested, ...condition };
  cursor.backTo(mark);
  return { kind: 'join', ...join, on: undefined, using: undefined };
}

function parseCondition(cursor: Cursor): Pick<JoinItem, 'on' | 'using'> | undefined {
  if (cursor.accept('ON')) return { on: cursor.expression(), using: undefined };
  if (!cursor.accept('USING')) return undefined;
  return { on: undefined, using: cursor.parenthesized(() => cursor.names()) };
}

function parseJoinType(cursor: Cursor): JoinItem['type'] | undefined {
  if (cursor.accept('JOIN') || cursor.accept('INNER', 'JOIN')) return 'INNER';
  if (cursor.accept('CROSS', 'JOIN')) return 'CROSS';
  if (cursor.sees('NATURAL')) throw unsupported('NATURAL JOIN');
  for (const type of ['LEFT', 'RIGHT', 'FULL'] as const) {
    if (cursor.accept(type, 'JOIN') || cursor.accept(type, 'OUTER', 'JOIN')) return type;
  }
  return undefined;
}

function parseItem(cursor: Cursor): FromItem {
  let item = parsePrimary(cursor);
  for (;;) {
    if (seesPivot(cursor, 'PIVOT')) item = parsePivot(cursor, item);
    else if (seesPivot(cursor, 'UNPIVOT')) item = parseUnpivot(cursor, item);
    else if (cursor.sees('TABLESAMPLE')) item = parseSample(cursor, item);
    else if (cursor.sees('MATCH_RECOGNIZE')) throw unsupported('MATCH_RECOGNIZE');
    else return item;
  }
}

function parsePrimary(cursor: Cursor): FromItem {
  const at = cursor.place;
  if (cursor.seesOperator('(')) return parseParentheses(cursor);
  if (cursor.accept('UNNEST')) {
    const array = cursor.parenthesized(() => cursor.expression());
    return { kind: 'unnest', at, array, alias: tableAlias(cursor), offset: parseOffset(cursor) };
  }
  if (cursor.sees('LATERAL')) throw unsupported('LATERAL joins');
  if (cursor.sees('GRAPH_TABLE')) throw unsupported('GRAPH_TABLE');
  const path = parseTablePath(cursor);
  if (cursor.seesOperator('(')) {
    const args = cursor.parenthesized(() =>
      cursor.seesOperator(')') ? [] : cursor.list(() => parseTableArgument(cursor)),
    );
    return { kind: 'function', at, name: path.names, args, alias: tableAlias(cursor) };
  }
  const alias = tableAlias(cursor);
  if (cursor.sees('FOR', 'SYSTEM_TIME')) throw unsupported('FOR SYSTEM_TIME AS OF (time travel)');
  return { kind: 'table', at, path, alias, offset: parseOffset(cursor) };
}

function parseParentheses(cursor: Cursor): FromItem {
  const at = cursor.place;
  cursor.expectOperator('(');
  const query = queryInParentheses(cursor);
  if (query) return { kind: 'subquery', at, query, alias: tableAlias(cursor) };
  const inner = parseFrom(cursor);
  cursor.expectOperator(')');
  return inner;
}

/** PIVOT and UNPIVOT are no reserved words, yet no aliases where they begin their clause. */
export function tableAlias(cursor: Cursor): Name | undefined {
  if (seesPivot(cursor, 'PIVOT') || seesPivot(cursor, 'UNPIVOT')) return undefined;
  if (cursor.sees('MATCH_RECOGNIZE') && cursor.seesOperator('(', 1)) return undefined;
  return cursor.alias();
}

function parseOffset(cursor: Cursor): Name | undefined {
  const at = cursor.place;
  if (!cursor.accept('WITH', 'OFFSET')) return undefined;
  return cursor.alias() ?? { text: 'offset', at };
}

function parseTableArgument(cursor: Cursor): TableArgument {
  const at = cursor.place;
  if (cursor.sees('MODEL') && cursor.seesName(1)) {
    cursor.next();
    return { kind: 'model', at, path: parseTablePath(cursor) };
  }
  if (cursor.sees('TABLE') && cursor.seesName(1)) {
    cursor.next();
    return { kind: 'table', at, path: parseTablePath(cursor) };
  }
  const named = cursor.seesName() && cursor.seesOperator('=>', 1);
  const name = named ? cursor.name() : undefined;
  if (named) cursor.next();
  if (!cursor.seesOperator('(')) return { kind: 'expr', at, expr: cursor.expression(), name };
  const expr = cursor.expression();
  if (expr.kind !== 'subquery') return { kind: 'expr', at, expr, name };
  return { kind: 'query', at, query: expr.query };
}

function parseSample(cursor: Cursor, input: FromItem): FromItem {
  const at = cursor.place;
  cursor.expect('TABLESAMPLE', 'SYSTEM');
  const percent = cursor.parenthesized(() => {
    const value = cursor.expression();
    cursor.expect('PERCENT');
    return value;
  });
  return { kind: 'sample', at, input, percent };
}
