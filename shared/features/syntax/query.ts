import type { Expression, Item, Name, Query, Select } from './ast.ts';
import { Cursor, keyword } from './cursor.ts';
import { readExpression } from './expression.ts';
import { clauseRefusal, SUBQUERY } from './refused.ts';

/**
 * Reads the text of a features.sql: steps, then the list of features.
 *
 * @throws {FeatureError} for text that is not GoogleSQL, or not of this shape
 */
export function parseQuery(sql: string): Query {
  const cursor = new Cursor(sql);
  const steps = cursor.takeWords('WITH') ? readSteps(cursor) : [];
  const select = readSelect(cursor);
  if (cursor.isOperator(';')) {
    const advice = 'Leave the semicolon out: the text stands inside other queries.';
    throw cursor.refuse('Features are one SELECT', advice);
  }
  if (cursor.peek().kind !== 'end') throw cursor.unexpected('end of script');
  return { steps, select };
}

function readSteps(cursor: Cursor): Query['steps'] {
  if (cursor.isWord('RECURSIVE')) {
    throw cursor.refuse('WITH RECURSIVE is not row-wise', 'Write plain steps.');
  }
  const steps: { name: Name; select: Select }[] = [];
  do {
    const name = cursor.expectName();
    cursor.expectWord('AS');
    cursor.expectOperator('(');
    steps.push({ name, select: readSelect(cursor) });
    cursor.expectOperator(')');
  } while (cursor.takeOperator(','));
  return steps;
}

function readSelect(cursor: Cursor): Select {
  const start = cursor.peek();
  cursor.expectWord('SELECT');
  if (cursor.isWord('DISTINCT')) refuseClause(cursor);
  if (cursor.takeWords('AS')) throw cursor.refuse('SELECT AS is not supported', 'Write columns.');
  const items = [readItem(cursor)];
  let hasTrailingComma = false;
  while (cursor.takeOperator(',')) {
    // GoogleSQL lets the list end with a comma.
    hasTrailingComma = cursor.isWord('FROM');
    if (hasTrailingComma) break;
    items.push(readItem(cursor));
  }
  const listEnd = cursor.last().end;
  refuseClause(cursor);
  const { from, alias } = readFrom(cursor);
  const place = cursor.placeFrom(start);
  return { items, listEnd, hasTrailingComma, from, alias, ...place };
}

/** Refuses what GoogleSQL has here and the language has not. */
function refuseClause(cursor: Cursor): void {
  const refused = clauseRefusal(keyword(cursor.peek()));
  if (refused) throw cursor.refuse(refused.problem, refused.advice);
}

function readItem(cursor: Cursor): Item {
  const start = cursor.peek();
  if (cursor.isOperator('*')) return readStar(cursor);
  if (cursor.isName() && cursor.isOperator('.', 1) && cursor.isOperator('*', 2)) {
    return readStar(cursor);
  }
  const expression = readExpression(cursor);
  const hasAlias = cursor.takeWords('AS') || cursor.isName();
  const alias = hasAlias ? cursor.expectName() : undefined;
  return { kind: 'column', expression, alias, ...cursor.placeFrom(start) };
}

function readStar(cursor: Cursor): Item {
  const start = cursor.peek();
  const table = cursor.isName() ? cursor.expectName() : undefined;
  cursor.takeOperator('.');
  cursor.expectOperator('*');
  const except = cursor.takeWords('EXCEPT') ? readBetween(cursor, () => cursor.expectName()) : [];
  const replace = cursor.takeWords('REPLACE')
    ? readBetween(cursor, () => readReplacement(cursor))
    : [];
  return { kind: 'star', table, except, replace, ...cursor.placeFrom(start) };
}

function readReplacement(cursor: Cursor): { expression: Expression; name: Name } {
  const expression = readExpression(cursor);
  cursor.expectWord('AS');
  return { expression, name: cursor.expectName() };
}

/** `(a, b, …)`. */
function readBetween<T>(cursor: Cursor, read: () => T): T[] {
  cursor.expectOperator('(');
  const items = [read()];
  while (cursor.takeOperator(',')) items.push(read());
  cursor.expectOperator(')');
  return items;
}

function readFrom(cursor: Cursor): { from: Name; alias: string } {
  cursor.expectWord('FROM');
  if (cursor.isOperator('(')) throw cursor.refuse(SUBQUERY.problem, SUBQUERY.advice);
  refuseClause(cursor);
  const from = cursor.expectName();
  if (cursor.isOperator('.') || cursor.isOperator('-')) {
    const advice = 'Write FROM input: whoever runs the text says what the input is.';
    throw cursor.refuse(
      'Features read the table input or a step, no table by its path',
      advice,
      from,
    );
  }
  const hasAlias = cursor.takeWords('AS') || (cursor.isName() && !startsClause(cursor));
  const alias = hasAlias ? cursor.expectName().name : from.name;
  if (cursor.isOperator(',')) {
    const { problem, advice } = clauseRefusal('JOIN')!;
    throw cursor.refuse(problem, advice);
  }
  refuseClause(cursor);
  return { from, alias };
}

/** Words such as OFFSET and PIVOT are not reserved, yet no alias here. */
const startsClause = (cursor: Cursor): boolean =>
  clauseRefusal(keyword(cursor.peek())) !== undefined;
