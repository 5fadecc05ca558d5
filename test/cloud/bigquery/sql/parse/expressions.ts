/**
 * Expressions by precedence, from OR down to primaries.
 *
 * Source: "Operators" of the GoogleSQL reference (operator precedence).
 */
import type { BinaryOperator, Choices, Expr, Name, Place } from './ast.ts';
import { parseCall } from './calls.ts';
import type { Cursor } from './cursor.ts';
import { parsePrimary, queryInParentheses } from './primaries.ts';

export function parseExpression(cursor: Cursor): Expr {
  return leftToRight(cursor, (c) => (c.sees('OR') ? 'OR' : undefined), parseAnd);
}

function parseAnd(cursor: Cursor): Expr {
  return leftToRight(cursor, (c) => (c.sees('AND') ? 'AND' : undefined), parseNot);
}

function parseNot(cursor: Cursor): Expr {
  const at = cursor.place;
  if (!cursor.accept('NOT')) return parseComparison(cursor);
  return { kind: 'unary', at, operator: 'NOT', operand: parseNot(cursor) };
}

const COMPARISONS: Record<string, BinaryOperator> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** Comparisons do not chain: `a = b = c` is an error. */
function parseComparison(cursor: Cursor): Expr {
  const left = parseBitwiseOr(cursor);
  const compared = comparisonAfter(cursor, left);
  if (compared === undefined) return left;
  if (comparisonAfter(cursor, compared, true)) throw cursor.unexpected();
  return compared;
}

/** What follows an operand as its comparison; with `look`, only whether there is one. */
function comparisonAfter(cursor: Cursor, left: Expr, look = false): Expr | undefined {
  const operator = cursor.peek().kind === 'operator' ? COMPARISONS[cursor.peek().text] : undefined;
  const negated = cursor.word() === 'NOT';
  const word = cursor.word(negated ? 1 : 0);
  const follows = operator !== undefined || ['IS', 'BETWEEN', 'IN', 'LIKE'].includes(word);
  if (!follows || (negated && word === 'IS')) return undefined;
  if (look) return left;
  const operatorAt = cursor.place;
  if (operator !== undefined) {
    cursor.next();
    const right = parseBitwiseOr(cursor);
    return { kind: 'binary', at: left.at, operator, left, right, operatorAt };
  }
  if (negated) cursor.next();
  cursor.next();
  if (word === 'IS') return parseIs(cursor, left);
  if (word === 'BETWEEN') return parseBetween(cursor, left, negated);
  if (word === 'LIKE') return parseLike(cursor, left, negated);
  return { kind: 'in', at: left.at, operand: left, choices: parseChoices(cursor), negated };
}

function parseIs(cursor: Cursor, operand: Expr): Expr {
  const negated = cursor.accept('NOT');
  const at = operand.at;
  if (cursor.accept('DISTINCT', 'FROM')) {
    return { kind: 'distinct', at, left: operand, right: parseBitwiseOr(cursor), negated };
  }
  for (const test of ['NULL', 'TRUE', 'FALSE', 'UNKNOWN'] as const) {
    if (cursor.accept(test)) return { kind: 'is', at, operand, negated, test };
  }
  throw cursor.unexpected();
}

function parseBetween(cursor: Cursor, operand: Expr, negated: boolean): Expr {
  const low = parseBitwiseOr(cursor);
  cursor.expect('AND');
  const high = parseBitwiseOr(cursor);
  return { kind: 'between', at: operand.at, operand, low, high, negated };
}

function parseLike(cursor: Cursor, operand: Expr, negated: boolean): Expr {
  const at = operand.at;
  const quantifier =
    cursor.accept('ANY') || cursor.accept('SOME')
      ? 'ANY'
      : cursor.accept('ALL')
        ? 'ALL'
        : undefined;
  const choices: Choices = quantifier
    ? parseChoices(cursor)
    : { kind: 'list', items: [parseBitwiseOr(cursor)] };
  return { kind: 'like', at, operand, quantifier, choices, negated };
}

function parseChoices(cursor: Cursor): Choices {
  if (cursor.accept('UNNEST')) {
    return { kind: 'unnest', array: cursor.parenthesized(() => cursor.expression()) };
  }
  cursor.expectOperator('(');
  const query = queryInParentheses(cursor);
  if (query) return { kind: 'query', query };
  const items = cursor.list(() => cursor.expression());
  cursor.expectOperator(')');
  return { kind: 'list', items };
}

const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '||'],
];

const parseBitwiseOr = (cursor: Cursor): Expr => parseLevel(cursor, 0);

function parseLevel(cursor: Cursor, level: number): Expr {
  const operators = LEVELS[level];
  if (!operators) return parseUnary(cursor);
  return leftToRight(
    cursor,
    (c) => (c.peek().kind === 'operator' ? operators.find((o) => c.seesOperator(o)) : undefined),
    (c) => parseLevel(c, level + 1),
  );
}

function leftToRight(
  cursor: Cursor,
  operatorOf: (cursor: Cursor) => BinaryOperator | undefined,
  operand: (cursor: Cursor) => Expr,
): Expr {
  let left = operand(cursor);
  for (let operator = operatorOf(cursor); operator; operator = operatorOf(cursor)) {
    const operatorAt = cursor.place;
    cursor.next();
    const right = operand(cursor);
    left = { kind: 'binary', at: left.at, operator, left, right, operatorAt };
  }
  return left;
}

function parseUnary(cursor: Cursor): Expr {
  const at = cursor.place;
  for (const operator of ['-', '+', '~'] as const) {
    if (!cursor.acceptOperator(operator)) continue;
    const operand = parseUnary(cursor);
    const literal = operator === '-' ? negative(operand, at) : undefined;
    return literal ?? { kind: 'unary', at, operator, operand };
  }
  return parsePostfix(cursor, parsePrimary(cursor));
}

/** `-9223372036854775808` is a literal: its digits alone would be too large. */
function negative(operand: Expr, at: Place): Expr | undefined {
  if (operand.kind !== 'literal' || operand.value.startsWith('-')) return undefined;
  if (operand.type !== 'INT64' && operand.type !== 'FLOAT64') return undefined;
  return { ...operand, at, value: `-${operand.value}` };
}

function parsePostfix(cursor: Cursor, primary: Expr): Expr {
  let expr = primary;
  for (;;) {
    if (cursor.seesOperator('.') && !cursor.seesOperator('*', 1)) {
      cursor.next();
      expr = withField(expr, cursor.anyName());
      if (cursor.seesOperator('(') && expr.kind === 'path') expr = parseCall(cursor, expr.names);
    } else if (cursor.seesOperator('[')) {
      expr = parseSubscript(cursor, expr);
    } else {
      return expr;
    }
  }
}

const withField = (base: Expr, name: Name): Expr =>
  base.kind === 'path'
    ? { ...base, names: [...base.names, name] }
    : { kind: 'field', at: base.at, base, name };

const ACCESSORS = ['OFFSET', 'SAFE_OFFSET', 'ORDINAL', 'SAFE_ORDINAL'] as const;

function parseSubscript(cursor: Cursor, base: Expr): Expr {
  cursor.expectOperator('[');
  const accessor = ACCESSORS.find((a) => cursor.sees(a) && cursor.seesOperator('(', 1));
  if (accessor) cursor.next();
  const index = accessor ? cursor.parenthesized(() => cursor.expression()) : cursor.expression();
  cursor.expectOperator(']');
  return { kind: 'subscript', at: base.at, base, accessor, index };
}
