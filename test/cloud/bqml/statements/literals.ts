import { unsupported } from '../../errors.ts';
import { StructValue } from '../options/definition.ts';
import type { OptionEntry } from '../options/resolve.ts';
import { HparamLiteral } from '../options/search_space.ts';
import { type Cursor, errorAt } from './cursor.ts';

/** Reads `OPTIONS (NAME = literal, …)`; a comma may stand behind the last. */
export function readOptions(cursor: Cursor): OptionEntry[] {
  cursor.expectWords('OPTIONS');
  cursor.expectOperator('(');
  const entries: OptionEntry[] = [];
  while (!cursor.takeOperator(')')) {
    const { value, line, column } = cursor.expect('identifier', 'an option name');
    cursor.expectOperator('=');
    entries.push({ name: value.toUpperCase(), value: readLiteral(cursor), line, column });
    if (!cursor.isOperator(')')) cursor.expectOperator(',');
  }
  return entries;
}

/**
 * Reads a literal: INT64 as bigint, FLOAT64 as number, STRING, BOOL, NULL, arrays of them as
 * arrays, structs and tuples as `StructValue`, ranges and candidates of a hyperparameter as
 * `HparamLiteral`.
 * @throws {ApiError} for any other expression.
 */
export function readLiteral(cursor: Cursor): unknown {
  const token = cursor.next;
  if (token.kind === 'string') return cursor.take().value;
  if (token.kind === 'operator') return readOperator(cursor);
  if (token.kind === 'integer' || token.kind === 'float') return readNumber(cursor, '');
  if (token.kind === 'parameter') throw unsupported('query parameters in OPTIONS of a model');
  if (token.kind === 'identifier') return readKeyword(cursor);
  throw cursor.unexpected('a literal');
}

function readOperator(cursor: Cursor): unknown {
  if (cursor.takeOperator('-')) return readNumber(cursor, '-');
  if (cursor.takeOperator('+')) return readNumber(cursor, '');
  if (cursor.takeOperator('[')) return readList(cursor, ']');
  if (cursor.takeOperator('(')) return readTuple(cursor);
  throw cursor.unexpected('a literal');
}

function readKeyword(cursor: Cursor): unknown {
  const token = cursor.take();
  const word = token.value.toUpperCase();
  if (word === 'TRUE' || word === 'FALSE') return word === 'TRUE';
  if (word === 'NULL') return null;
  if (word === 'STRUCT' && cursor.takeOperator('(')) {
    return new StructValue(readList(cursor, ')'));
  }
  if (word === 'HPARAM_RANGE' || word === 'HPARAM_CANDIDATES') {
    cursor.expectOperator('(');
    return new HparamLiteral(word, readList(cursor, ')'));
  }
  throw errorAt(token, `Expected a literal but got "${token.text}"`);
}

/** A single value in parentheses is that value; several are a struct. */
function readTuple(cursor: Cursor): unknown {
  const values = readList(cursor, ')');
  return values.length === 1 ? values[0] : new StructValue(values);
}

function readList(cursor: Cursor, close: string): unknown[] {
  const values: unknown[] = [];
  while (!cursor.takeOperator(close)) {
    values.push(readLiteral(cursor));
    if (!cursor.isOperator(close)) cursor.expectOperator(',');
  }
  return values;
}

function readNumber(cursor: Cursor, sign: '' | '-'): bigint | number {
  const token = cursor.take();
  if (token.kind === 'float') return Number(sign + token.text);
  if (token.kind !== 'integer') throw errorAt(token, 'Expected a number');
  const magnitude = BigInt(token.text);
  return sign === '-' ? -magnitude : magnitude;
}
