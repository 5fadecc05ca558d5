/** PIVOT and UNPIVOT. */
import type { LiteralNode, Name } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseLiteral } from './literals.ts';
import type { FromItem, PivotItem, UnpivotItem } from './query_ast.ts';

/** Whether the word begins its clause here, and is no alias. */
export function seesPivot(cursor: Cursor, word: 'PIVOT' | 'UNPIVOT'): boolean {
  if (!cursor.sees(word)) return false;
  return cursor.seesOperator('(', 1) || ['INCLUDE', 'EXCLUDE'].includes(cursor.word(1));
}

export function parsePivot(cursor: Cursor, input: FromItem): PivotItem {
  const at = cursor.place;
  cursor.expect('PIVOT');
  const clause = cursor.parenthesized(() => {
    const aggregates = cursor.list(() => ({ call: cursor.expression(), alias: cursor.alias() }));
    cursor.expect('FOR');
    const forColumn = parseForColumn(cursor);
    cursor.expect('IN');
    const values = cursor.parenthesized(() =>
      cursor.list(() => ({ value: cursor.expression(), alias: cursor.alias() })),
    );
    return { aggregates, forColumn, values };
  });
  return { kind: 'pivot', at, input, ...clause, alias: cursor.alias() };
}

/** An expression would take the IN that follows for its own. */
function parseForColumn(cursor: Cursor): PivotItem['forColumn'] {
  const at = cursor.place;
  const names = [cursor.name()];
  while (cursor.acceptOperator('.')) names.push(cursor.anyName());
  return { kind: 'path', at, names };
}

export function parseUnpivot(cursor: Cursor, input: FromItem): UnpivotItem {
  const at = cursor.place;
  cursor.expect('UNPIVOT');
  const includeNulls = cursor.accept('INCLUDE', 'NULLS');
  if (!includeNulls) cursor.accept('EXCLUDE', 'NULLS');
  const clause = cursor.parenthesized(() => {
    const values = nameSet(cursor);
    cursor.expect('FOR');
    const nameColumn = cursor.name();
    cursor.expect('IN');
    const sets = cursor.parenthesized(() =>
      cursor.list(() => ({ columns: nameSet(cursor), label: parseLabel(cursor) })),
    );
    return { values, nameColumn, sets };
  });
  return { kind: 'unpivot', at, input, includeNulls, ...clause, alias: cursor.alias() };
}

const nameSet = (cursor: Cursor): readonly Name[] =>
  cursor.seesOperator('(') ? cursor.parenthesized(() => cursor.names()) : [cursor.name()];

function parseLabel(cursor: Cursor): LiteralNode | undefined {
  const required = cursor.accept('AS');
  const literal = parseLiteral(cursor);
  if (required && !literal) throw cursor.unexpected();
  return literal;
}
