/** Primary expressions: literals, names, parentheses, and what begins with a keyword. */
import type { Expr, Place } from './ast.ts';
import { parseCall, parseSpecialCall } from './calls.ts';
import type { Cursor } from './cursor.ts';
import { parseLiteral } from './literals.ts';
import type { Query } from './query_ast.ts';

export function parsePrimary(cursor: Cursor): Expr {
  const { kind } = cursor.peek();
  const literal = parseLiteral(cursor);
  if (literal) return literal;
  if (kind === 'parameter') return parseParameter(cursor);
  if (kind === 'variable') {
    return { kind: 'variable', at: cursor.place, name: cursor.next().value };
  }
  if (cursor.seesOperator('(')) return parseParentheses(cursor);
  if (cursor.seesOperator('[')) return parseArray(cursor);
  const special = parseKeyword(cursor) ?? parseSpecialCall(cursor);
  if (special) return special;
  const at = cursor.place;
  const names = [cursor.name()];
  return cursor.seesOperator('(') ? parseCall(cursor, names) : { kind: 'path', at, names };
}

function parseParameter(cursor: Cursor): Expr {
  const at = cursor.place;
  const { value } = cursor.next();
  return { kind: 'parameter', at, name: value === '' ? cursor.positional++ : value };
}

function parseParentheses(cursor: Cursor): Expr {
  const at = cursor.place;
  cursor.expectOperator('(');
  const query = queryInParentheses(cursor);
  if (query) return { kind: 'subquery', at, form: 'scalar', query };
  const items = cursor.list(() => cursor.expression());
  cursor.expectOperator(')');
  if (items.length === 1) return items[0]!;
  const fields = items.map((value) => ({ value, name: undefined }));
  return { kind: 'struct', at, type: undefined, fields, tuple: true };
}

function parseArray(cursor: Cursor, at = cursor.place): Expr {
  cursor.expectOperator('[');
  const items = cursor.seesOperator(']') ? [] : cursor.list(() => cursor.expression());
  cursor.expectOperator(']');
  return { kind: 'array', at, element: undefined, items };
}

/** CASE, ARRAY, STRUCT, EXISTS, INTERVAL and WITH( … ). */
function parseKeyword(cursor: Cursor): Expr | undefined {
  const at = cursor.place;
  switch (cursor.word()) {
    case 'CASE':
      return parseCase(cursor);
    case 'ARRAY':
      return parseArrayKeyword(cursor, at);
    case 'STRUCT':
      return parseStruct(cursor, at);
    case 'EXISTS': {
      cursor.next();
      const query = cursor.parenthesized(() => cursor.query());
      return { kind: 'subquery', at, form: 'exists', query };
    }
    case 'INTERVAL': {
      cursor.next();
      const value = cursor.expression();
      const from = cursor.name();
      return {
        kind: 'interval',
        at,
        value,
        from,
        to: cursor.accept('TO') ? cursor.name() : undefined,
      };
    }
    case 'WITH':
      return parseWith(cursor, at);
    default:
      return undefined;
  }
}

function parseCase(cursor: Cursor): Expr {
  const at = cursor.place;
  cursor.expect('CASE');
  const operand = cursor.sees('WHEN') ? undefined : cursor.expression();
  const branches = [];
  do {
    cursor.expect('WHEN');
    const when = cursor.expression();
    cursor.expect('THEN');
    branches.push({ when, result: cursor.expression() });
  } while (cursor.sees('WHEN'));
  const otherwise = cursor.accept('ELSE') ? cursor.expression() : undefined;
  cursor.expect('END');
  return { kind: 'case', at, operand, branches, otherwise };
}

function parseArrayKeyword(cursor: Cursor, at: Place): Expr {
  if (cursor.seesOperator('<', 1)) {
    const type = cursor.type();
    const array = parseArray(cursor, at);
    return array.kind === 'array' ? { ...array, element: type.element } : array;
  }
  cursor.next();
  if (cursor.seesOperator('[')) return parseArray(cursor, at);
  const query = cursor.parenthesized(() => cursor.query());
  return { kind: 'subquery', at, form: 'array', query };
}

function parseStruct(cursor: Cursor, at: Place): Expr {
  const typed = cursor.seesOperator('<', 1) || cursor.seesOperator('<>', 1);
  const type = typed ? cursor.type() : undefined;
  if (!type) cursor.next();
  const fields = cursor.parenthesized(() =>
    cursor.seesOperator(')')
      ? []
      : cursor.list(() => ({
          value: cursor.expression(),
          name: cursor.accept('AS') ? cursor.name() : undefined,
        })),
  );
  const named = fields.find((field) => field.name);
  if (type && named) {
    throw cursor.problem(
      'STRUCT constructors cannot specify both a type and field names',
      named.value.at,
    );
  }
  return { kind: 'struct', at, type, fields, tuple: false };
}

function parseWith(cursor: Cursor, at: Place): Expr {
  cursor.expect('WITH');
  cursor.expectOperator('(');
  const bindings = [];
  while (cursor.seesName() && cursor.word(1) === 'AS') {
    const name = cursor.name();
    cursor.expect('AS');
    bindings.push({ name, value: cursor.expression() });
    cursor.expectOperator(',');
  }
  const body = cursor.expression();
  cursor.expectOperator(')');
  return { kind: 'with', at, bindings, body };
}

/** After `(`: a query up to its `)`, or nothing taken when an expression stands there. */
export function queryInParentheses(cursor: Cursor): Query | undefined {
  if (!startsQuery(cursor)) return undefined;
  const query = cursor.query();
  cursor.expectOperator(')');
  return query;
}

/** Found out without reading what is in between: `((SELECT 1) + 1)` is an expression. */
function startsQuery(cursor: Cursor): boolean {
  for (let depth = 0; ; depth++) {
    if (!cursor.seesOperator('(', depth)) {
      const word = cursor.word(depth);
      return word === 'SELECT' || (word === 'WITH' && !cursor.seesOperator('(', depth + 1));
    }
    const after = cursor.closing(depth) + 1;
    if (cursor.seesOperator(')', after)) continue;
    return seesSetOperation(cursor, after) || ['ORDER', 'LIMIT'].includes(cursor.word(after));
  }
}

/** Whether a set operation with its mode stands there; LEFT may also begin a join. */
export function seesSetOperation(cursor: Cursor, ahead = 0): boolean {
  let at = ahead;
  if (['INNER', 'FULL', 'LEFT'].includes(cursor.word(at))) at++;
  if (cursor.word(at) === 'OUTER') at++;
  return ['UNION', 'INTERSECT', 'EXCEPT'].includes(cursor.word(at));
}
