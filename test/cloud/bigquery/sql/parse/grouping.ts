/** GROUP BY: expressions, ALL, ROLLUP, CUBE and GROUPING SETS. */
import type { Expr } from './ast.ts';
import type { Cursor } from './cursor.ts';
import type { GroupBy, GroupItem, GroupSet } from './query_ast.ts';

export function parseGroupBy(cursor: Cursor): GroupBy | undefined {
  const at = cursor.place;
  if (!cursor.accept('GROUP', 'BY')) return undefined;
  if (cursor.accept('ALL')) return { kind: 'all', at };
  if (cursor.seesOperator('(') && cursor.seesOperator(')', 1)) {
    cursor.next();
    cursor.next();
    return { kind: 'items', at, items: [] };
  }
  return { kind: 'items', at, items: cursor.list(() => parseItem(cursor)) };
}

function parseItem(cursor: Cursor): GroupItem {
  const at = cursor.place;
  const rolled = parseRolled(cursor);
  if (rolled) return { ...rolled, at };
  if (cursor.accept('GROUPING', 'SETS')) {
    const items = cursor.parenthesized(() => cursor.list(() => parseSet(cursor)));
    return { kind: 'GROUPING SETS', items, at };
  }
  return { kind: 'expr', expr: cursor.expression() };
}

function parseRolled(cursor: Cursor) {
  const kind = cursor.sees('ROLLUP') ? 'ROLLUP' : cursor.sees('CUBE') ? 'CUBE' : undefined;
  if (!kind || !cursor.seesOperator('(', 1)) return undefined;
  cursor.next();
  const sets = cursor.parenthesized(() => cursor.list(() => parseColumns(cursor)));
  return { kind, sets } as const;
}

function parseSet(cursor: Cursor): GroupSet {
  return parseRolled(cursor) ?? { kind: 'set', exprs: parseColumns(cursor) };
}

/** `a`, `(a, b)` or `()`. */
function parseColumns(cursor: Cursor): readonly Expr[] {
  if (cursor.seesOperator('(') && cursor.seesOperator(')', 1)) {
    cursor.next();
    cursor.next();
    return [];
  }
  const expr = cursor.expression();
  return expr.kind === 'struct' && expr.tuple ? expr.fields.map((field) => field.value) : [expr];
}
