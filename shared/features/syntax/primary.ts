import { MAX_EXACT, type Type } from '../types.ts';
import { parseDateLiteral, parseTimestampLiteral } from '../values/time_text.ts';
import type { Expression, Place } from './ast.ts';
import { type Cursor, keyword } from './cursor.ts';
import {
  clauseRefusal,
  expressionRefusal,
  functionRefusal,
  NO_ARRAY,
  NO_ZONE,
  operatorRefusal,
  PARAMETER,
  SUBQUERY,
} from './refused.ts';

type Read = (cursor: Cursor) => Expression;

/** Reads what operators stand between: a literal, a name, a call, CASE, or one in parentheses. */
export function readPrimary(cursor: Cursor, read: Read): Expression {
  const token = cursor.peek();
  const refused = operatorRefusal(token);
  if (refused) throw cursor.refuse(refused.problem, refused.advice);
  switch (token.kind) {
    case 'integer':
    case 'float':
      return readNumber(cursor);
    case 'string':
      return cursor.make(token, { kind: 'literal', type: 'STRING', value: readText(cursor) });
    case 'bytes':
      throw cursor.refuse('BYTES are not supported in features', 'Write a STRING.');
    case 'parameter':
    case 'variable':
      throw cursor.refuse(PARAMETER.problem, PARAMETER.advice);
    case 'operator':
      return readEnclosed(cursor, read);
    default:
      return readWord(cursor, read);
  }
}

function readNumber(cursor: Cursor): Expression {
  const token = cursor.next();
  const value = Number(token.value);
  if (token.kind === 'integer' && value > MAX_EXACT) {
    const advice = `INT64 is exact to ±${MAX_EXACT}: write a FLOAT64 literal.`;
    throw cursor.refuse(`Integer literal ${token.text} is too large`, advice, token);
  }
  if (value === Infinity) {
    throw cursor.refuse(`Invalid floating point literal: ${token.text}`, '', token);
  }
  const type = token.kind === 'integer' ? 'INT64' : 'FLOAT64';
  return cursor.make(token, { kind: 'literal', type, value });
}

/** String literals that follow one another are one. */
function readText(cursor: Cursor): string {
  let text = cursor.next().value;
  while (cursor.peek().kind === 'string') {
    if (cursor.peek().start === cursor.last().end) {
      const advice = String.raw`For a quote inside a text write \'.`;
      throw cursor.refuse('Text literals that make one need a space between them', advice);
    }
    text += cursor.next().value;
  }
  return text;
}

function readEnclosed(cursor: Cursor, read: Read): Expression {
  const start = cursor.peek();
  if (cursor.takeOperator('[')) return readArray(cursor, read, start);
  if (!cursor.takeOperator('(')) throw cursor.unexpected();
  refuseSubquery(cursor);
  const inside = read(cursor);
  if (cursor.isOperator(',')) {
    throw cursor.refuse('STRUCT is not supported in features', 'Write one expression.');
  }
  cursor.expectOperator(')');
  // The place takes the parentheses in; nothing else changes.
  return { ...inside, ...cursor.placeFrom(start) };
}

function refuseSubquery(cursor: Cursor): void {
  if (cursor.isWord('SELECT') || cursor.isWord('WITH')) {
    throw cursor.refuse(SUBQUERY.problem, SUBQUERY.advice);
  }
}

function readArray(cursor: Cursor, read: Read, start: Place): Expression {
  const items = readList(cursor, read, ']');
  return cursor.make(start, { kind: 'array', items }, items);
}

/** Expressions between commas up to the closing bracket, which is taken, too. */
function readList(cursor: Cursor, read: Read, close: string): readonly Expression[] {
  if (cursor.takeOperator(close)) return [];
  const items = [read(cursor)];
  while (cursor.takeOperator(',')) items.push(read(cursor));
  if (!cursor.takeOperator(close)) throw cursor.unexpected(`"${close}" or ","`);
  return items;
}

/** Types whose literals are a word and a text. */
const TEXT_LITERALS = new Map<string, { type: Type; parse: (text: string) => number | undefined }>([
  ['DATE', { type: 'DATE', parse: parseDateLiteral }],
  ['TIMESTAMP', { type: 'TIMESTAMP', parse: parseTimestampLiteral }],
]);

const OTHER_LITERALS = 'NUMERIC DECIMAL BIGNUMERIC BIGDECIMAL DATETIME TIME JSON RANGE'.split(' ');

function readWord(cursor: Cursor, read: Read): Expression {
  const word = keyword(cursor.peek());
  const isCall = cursor.isOperator('(', 1);
  const hasText = cursor.peek(1).kind === 'string';
  if (word === 'NULL') return cursor.make(cursor.next(), { kind: 'null' });
  if (word === 'TRUE' || word === 'FALSE') {
    return cursor.make(cursor.next(), { kind: 'literal', type: 'BOOL', value: word === 'TRUE' });
  }
  if (word === 'CASE') return readCase(cursor, read);
  if (word === 'CAST' || (word === 'SAFE_CAST' && isCall)) return readCast(cursor, read);
  if (word === 'EXTRACT') return readExtract(cursor, read);
  if (hasText && TEXT_LITERALS.has(word)) return readTextLiteral(cursor);
  if (hasText && OTHER_LITERALS.includes(word)) {
    const advice = 'Use INT64, FLOAT64, DATE or TIMESTAMP.';
    throw cursor.refuse(`${word} is not supported in features`, advice);
  }
  const refused = expressionRefusal(word);
  if (refused) throw cursor.refuse(refused.problem, refused.advice);
  return readPath(cursor, read);
}

function readTextLiteral(cursor: Cursor): Expression {
  const start = cursor.next();
  const { type, parse } = TEXT_LITERALS.get(keyword(start))!;
  const text = readText(cursor);
  const value = parse(text);
  if (value === undefined) {
    const advice = 'Years are 1 to 9999, digits of a second at most six, and zones ±HH:MM or UTC.';
    throw cursor.refuse(`Invalid ${type} literal: ${JSON.stringify(text)}`, advice, start);
  }
  return cursor.make(start, { kind: 'literal', type, value });
}

function readCase(cursor: Cursor, read: Read): Expression {
  const start = cursor.next();
  const operand = cursor.isWord('WHEN') ? undefined : read(cursor);
  const branches: { when: Expression; result: Expression }[] = [];
  cursor.expectWord('WHEN');
  do {
    const when = read(cursor);
    cursor.expectWord('THEN');
    branches.push({ when, result: read(cursor) });
  } while (cursor.takeWords('WHEN'));
  const otherwise = cursor.takeWords('ELSE') ? read(cursor) : undefined;
  cursor.expectWord('END');
  const inside = [operand, ...branches.flatMap(({ when, result }) => [when, result]), otherwise];
  const children = inside.filter((child) => child !== undefined);
  return cursor.make(start, { kind: 'case', operand, branches, otherwise }, children);
}

function readCast(cursor: Cursor, read: Read): Expression {
  const start = cursor.next();
  cursor.expectOperator('(');
  const operand = read(cursor);
  cursor.expectWord('AS');
  const to = cursor.expectName().name.toUpperCase();
  if (cursor.isWord('FORMAT')) {
    throw cursor.refuse('CAST with FORMAT is not supported in features', 'Leave FORMAT out.');
  }
  cursor.expectOperator(')');
  const safe = keyword(start) === 'SAFE_CAST';
  return cursor.make(start, { kind: 'cast', safe, operand, to }, [operand]);
}

function readExtract(cursor: Cursor, read: Read): Expression {
  const start = cursor.next();
  cursor.expectOperator('(');
  const part = read(cursor);
  cursor.expectWord('FROM');
  const from = read(cursor);
  if (cursor.takeWords('AT', 'TIME', 'ZONE')) checkZone(cursor);
  cursor.expectOperator(')');
  const args = [from, part];
  return cursor.make(start, { kind: 'call', name: 'EXTRACT', safe: false, args }, args);
}

function checkZone(cursor: Cursor): void {
  const zone = cursor.peek();
  if (zone.kind === 'string' && zone.value === 'UTC') cursor.next();
  else throw cursor.refuse(NO_ZONE.problem, NO_ZONE.advice);
}

/** A column, a column behind its table's name, or a call. */
function readPath(cursor: Cursor, read: Read): Expression {
  const start = cursor.peek();
  const isFunction = cursor.isOperator('(', 1) && CALLABLE.has(keyword(start));
  if (!cursor.isName() && !isFunction) throw cursor.unexpected();
  const path = [cursor.next().value];
  while (cursor.takeOperator('.')) {
    const part = cursor.peek();
    if (part.kind !== 'identifier' && part.kind !== 'quoted') throw cursor.unexpected('a name');
    path.push(cursor.next().value);
  }
  if (cursor.isOperator('(')) return readCall(cursor, read, start, path.join('.').toUpperCase());
  if (cursor.isOperator('[')) {
    throw cursor.refuse(NO_ARRAY.problem, NO_ARRAY.advice);
  }
  return cursor.make(start, { kind: 'name', path });
}

/** Reserved words that are functions all the same. */
const CALLABLE = new Set(['IF', 'LEFT', 'RIGHT', 'GROUPING']);

function readCall(cursor: Cursor, read: Read, start: Place, path: string): Expression {
  const safe = path.startsWith('SAFE.');
  const name = safe ? path.slice('SAFE.'.length) : path;
  const refused = functionRefusal(name);
  if (refused) throw cursor.refuse(refused.problem, refused.advice, start);
  cursor.expectOperator('(');
  const args = readList(cursor, read, ')');
  if (cursor.isWord('OVER')) {
    const { problem, advice } = clauseRefusal('WINDOW')!;
    throw cursor.refuse(problem, advice);
  }
  return cursor.make(start, { kind: 'call', name, safe, args }, args);
}
