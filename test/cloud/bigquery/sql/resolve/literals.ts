/** Values as DuckDB text. */
import { unsupported } from '../../../errors.ts';
import type { ScalarType } from '../../types.ts';
import { canonicalJson, InvalidJson } from '../json/text.ts';
import { parseNumeric } from '../numbers/numeric.ts';
import type { LiteralNode, Place } from '../parse/ast.ts';
import { InvalidText, parseDate, parseDatetime, parseTime, parseTimestamp } from '../time/parse.ts';
import { dateText, decimalText, timeText } from '../time/text.ts';
import { queryError } from './errors.ts';
import type { Constant, Typed } from './typed.ts';
import { NO_REFS, untypedNull } from './typed.ts';

/** A string literal of DuckDB; it has no escapes, and no place for the character 0. */
export function stringSql(text: string): string {
  const quoted = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  return quoted.length === 1 ? quoted[0]! : `(${quoted.join(' || chr(0) || ')})`;
}

export const integerSql = (value: bigint): string =>
  value < 0n ? `((${value})::BIGINT)` : `(${value}::BIGINT)`;

/** A DOUBLE, read without a detour over decimals. */
export function floatSql(value: number): string {
  if (!Number.isFinite(value)) return `('${value}'::DOUBLE)`;
  const text = Object.is(value, -0) ? '-0' : String(value);
  return `(${text.includes('e') ? text : `${text}e0`})`;
}

/** One character a byte. */
export const bytesSql = (latin1: string): string =>
  `from_hex('${Buffer.from(latin1, 'latin1').toString('hex')}')`;

export const dateSql = (days: number): string => `(DATE '${dateText(days)}')`;
export const timeSql = (micros: bigint): string => `(TIME '${timeText(micros)}')`;
export const datetimeSql = (micros: bigint): string => `make_timestamp(${micros}::BIGINT)`;
export const timestampSql = (micros: bigint): string =>
  `CAST(make_timestamp(${micros}::BIGINT) AS TIMESTAMPTZ)`;
export const numericSql = (scaled: bigint): string =>
  `('${decimalText(scaled, 9)}'::DECIMAL(38, 9))`;

const LEAST_INT64 = -(2n ** 63n);
const GREATEST_INT64 = 2n ** 63n - 1n;

/** @throws {ApiError} with the place, when the text is no value of its type. */
export function resolveLiteral(node: LiteralNode): Typed {
  const { at, type, value } = node;
  if (type === 'NULL') return untypedNull(at);
  const literal = (sql: string, constant?: Constant): Typed => ({
    type: { kind: type },
    sql,
    at,
    refs: NO_REFS,
    total: true,
    ...(constant ? { constant } : {}),
  });
  switch (type) {
    case 'BOOL':
      return literal(value, { kind: 'literal', value: value === 'TRUE' });
    case 'INT64': {
      const integer = parseInteger(value, at);
      return literal(integerSql(integer), { kind: 'literal', value: integer });
    }
    case 'FLOAT64': {
      const number = Number(value);
      if (!Number.isFinite(number))
        throw queryError(`Invalid floating point literal: ${value}`, at);
      return literal(floatSql(number), { kind: 'literal', value });
    }
    case 'STRING':
      return literal(stringSql(value), { kind: 'literal', value });
    case 'BYTES':
      return literal(bytesSql(value));
    default:
      return literal(textSql(type, value, at));
  }
}

function parseInteger(text: string, at: Place): bigint {
  const negative = text.startsWith('-');
  const size = BigInt(negative ? text.slice(1) : text);
  const value = negative ? -size : size;
  if (value < LEAST_INT64 || value > GREATEST_INT64) {
    throw queryError(`Invalid integer literal: ${text}`, at);
  }
  return value;
}

/** A value given as text with its type. @throws {ApiError} `Invalid DATE literal …`. */
function textSql(type: ScalarType, text: string, at: Place): string {
  try {
    return readText(type, text);
  } catch (error) {
    if (error instanceof InvalidText || error instanceof InvalidJson) {
      throw queryError(`Invalid ${type} literal: ${error.message}`, at, error);
    }
    throw error;
  }
}

/** @throws {InvalidText | InvalidJson | ApiError} */
export function readText(type: ScalarType, text: string): string {
  switch (type) {
    case 'DATE':
      return dateSql(parseDate(text));
    case 'TIME':
      return timeSql(parseTime(text));
    case 'DATETIME':
      return datetimeSql(parseDatetime(text));
    case 'TIMESTAMP':
      return timestampSql(parseTimestamp(text));
    case 'NUMERIC':
      return numericSql(parseNumeric(text));
    case 'JSON':
      return `(${stringSql(canonicalJson(text))}::JSON)`;
    default:
      throw unsupported(`the type ${type}`);
  }
}
