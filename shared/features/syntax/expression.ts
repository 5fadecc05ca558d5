import type { Expression, Place } from './ast.ts';
import { type Cursor, keyword } from './cursor.ts';
import { readPrimary } from './primary.ts';
import { operatorRefusal, SUBQUERY } from './refused.ts';

/**
 * Reads one expression by GoogleSQL's precedence: OR, AND, NOT, comparison, addition,
 * multiplication, sign. Comparisons do not chain.
 *
 * @throws {FeatureError}
 */
export function readExpression(cursor: Cursor): Expression {
  return cursor.nested(() => chain(cursor, takeWord('OR'), readAnd));
}

type Take = (cursor: Cursor) => string | undefined;

const takeWord =
  (word: string): Take =>
  (cursor) =>
    cursor.takeWords(word) ? word : undefined;

const takeOperator =
  (...operators: string[]): Take =>
  (cursor) =>
    operators.find((operator) => cursor.takeOperator(operator));

/** `a op b op c` from the left, for operators of one precedence. */
function chain(cursor: Cursor, take: Take, readOperand: typeof readExpression): Expression {
  let left = readOperand(cursor);
  for (let operator = take(cursor); operator !== undefined; operator = take(cursor)) {
    left = operation(cursor, operator, [left, readOperand(cursor)], left);
  }
  return left;
}

function operation(cursor: Cursor, operator: string, operands: Expression[], start: Place) {
  return cursor.make(start, { kind: 'operator', operator, operands }, operands);
}

const readAnd = (cursor: Cursor) => chain(cursor, takeWord('AND'), readNot);

function readNot(cursor: Cursor): Expression {
  const start = cursor.peek();
  if (!cursor.takeWords('NOT')) return readComparison(cursor);
  const operand = cursor.nested(() => readNot(cursor));
  return operation(cursor, 'NOT', [operand], start);
}

function readComparison(cursor: Cursor): Expression {
  const left = readSum(cursor);
  const compared = readTest(cursor, left);
  const again = compared === undefined ? undefined : readTest(cursor, left);
  if (again) throw cursor.refuse('Comparisons do not chain', 'Put one in parentheses.', left);
  return compared ?? left;
}

const takeComparison = takeOperator('=', '!=', '<>', '<=', '>=', '<', '>');

/** What follows the left side of a comparison, if one does. */
function readTest(cursor: Cursor, left: Expression): Expression | undefined {
  const operator = takeComparison(cursor);
  if (operator) {
    const name = operator === '<>' ? '!=' : operator;
    return operation(cursor, name, [left, readSum(cursor)], left);
  }
  if (cursor.takeWords('IS')) return readIs(cursor, left);
  const isNegated = cursor.isWord('NOT');
  const next = cursor.peek(isNegated ? 1 : 0);
  const refused = operatorRefusal(next);
  if (refused) throw cursor.refuse(refused.problem, refused.advice);
  const word = keyword(next);
  if (word !== 'BETWEEN' && word !== 'IN') return undefined;
  if (isNegated) cursor.expectWord('NOT');
  const test = word === 'IN' ? readIn(cursor, left) : readBetween(cursor, left);
  return isNegated ? operation(cursor, 'NOT', [test], left) : test;
}

function readBetween(cursor: Cursor, left: Expression): Expression {
  cursor.expectWord('BETWEEN');
  const low = readSum(cursor);
  cursor.expectWord('AND');
  return operation(cursor, 'BETWEEN', [left, low, readSum(cursor)], left);
}

function readIn(cursor: Cursor, left: Expression): Expression {
  cursor.expectWord('IN');
  if (cursor.isWord('UNNEST'))
    throw cursor.refuse('IN UNNEST is not supported', 'Write IN (a, b).');
  cursor.expectOperator('(');
  if (cursor.isWord('SELECT')) throw cursor.refuse(SUBQUERY.problem, SUBQUERY.advice);
  const items = [readExpression(cursor)];
  while (cursor.takeOperator(',')) items.push(readExpression(cursor));
  cursor.expectOperator(')');
  return operation(cursor, 'IN', [left, ...items], left);
}

function readIs(cursor: Cursor, left: Expression): Expression {
  const isNegated = cursor.takeWords('NOT');
  const test = readIsWhat(cursor, left);
  return isNegated ? operation(cursor, 'NOT', [test], left) : test;
}

function readIsWhat(cursor: Cursor, left: Expression): Expression {
  if (cursor.takeWords('DISTINCT', 'FROM')) {
    return operation(cursor, 'IS DISTINCT FROM', [left, readSum(cursor)], left);
  }
  const word = ['NULL', 'TRUE', 'FALSE'].find((constant) => cursor.takeWords(constant));
  if (!word) throw cursor.unexpected('NULL, TRUE, FALSE or DISTINCT FROM');
  return operation(cursor, `IS ${word}`, [left], left);
}

const readSum = (cursor: Cursor) => chain(cursor, takeOperator('+', '-'), readProduct);

const readProduct = (cursor: Cursor) => chain(cursor, takeOperator('*', '/', '||'), readSigned);

function readSigned(cursor: Cursor): Expression {
  const start = cursor.peek();
  const operator = takeOperator('-', '+')(cursor);
  if (!operator) return readPrimary(cursor, readExpression);
  const operand = cursor.nested(() => readSigned(cursor));
  return operation(cursor, operator, [operand], start);
}
