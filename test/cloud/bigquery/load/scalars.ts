/**
 * The text forms in which loads and inserts take scalars, read into DuckDB's values.
 *
 * Source: "Data types" of "Loading CSV data" and "Loading JSON data".
 */
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { parseDouble } from '../sql/numbers/float.ts';
import { FIRST_MICROS, LAST_MICROS } from '../sql/time/civil.ts';
import {
  InvalidText,
  parseDate,
  parseDatetime,
  parseTime,
  parseTimestamp,
} from '../sql/time/parse.ts';
import type { ScalarType } from '../types.ts';
import { parseJsonExactly } from './json_text.ts';

/** Undefined where the text is none of the type's forms. */
export type ScalarReader = (text: string) => DuckDBValue | undefined;

const INT64_MAX = 2n ** 63n - 1n;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export const SCALAR_READERS: Readonly<Partial<Record<ScalarType, ScalarReader>>> = {
  INT64: readInt64,
  FLOAT64: readFloat64,
  NUMERIC: readNumeric,
  BOOL: readBool,
  STRING: (text) => text,
  BYTES: readBlob,
  DATE: readDate,
  DATETIME: readDatetime,
  TIME: readTime,
  TIMESTAMP: readTimestamp,
  JSON: readJson,
};

function readInt64(text: string): bigint | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?\d{1,40}$/.test(trimmed)) return undefined;
  const value = BigInt(trimmed.replace(/^\+/, ''));
  return value > INT64_MAX || value < -INT64_MAX - 1n ? undefined : value;
}

/** NaN and the infinities by name only: a number beyond the range is refused. */
function readFloat64(text: string): number | undefined {
  const value = parseDouble(text);
  return value !== undefined && !Number.isFinite(value) && /\d/.test(text) ? undefined : value;
}

/** Up to 29 digits before the point and 9 behind it; what would have to be rounded is refused. */
function readNumeric(text: string): DuckDBDecimalValue | undefined {
  const found = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i.exec(text.trim());
  if (!found) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = found;
  if (whole + fraction === '') return undefined;
  const shift = 9 - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  const divisor = 10n ** BigInt(Math.max(-shift, 0));
  if (digits % divisor !== 0n) return undefined;
  const scaled = (digits * 10n ** BigInt(Math.max(shift, 0))) / divisor;
  if (scaled >= 10n ** 38n) return undefined;
  return new DuckDBDecimalValue(sign === '-' ? -scaled : scaled, 38, 9);
}

function readBool(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (['true', 't', 'yes', 'y', '1'].includes(word)) return true;
  return ['false', 'f', 'no', 'n', '0'].includes(word) ? false : undefined;
}

/** Bytes in base64, of either alphabet. */
export function readBytes(text: string): Uint8Array | undefined {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain) || plain.replace(/=+$/, '').length % 4 === 1) {
    return undefined;
  }
  return Buffer.from(plain, 'base64');
}

function readBlob(text: string): DuckDBBlobValue | undefined {
  const bytes = readBytes(text);
  return bytes && new DuckDBBlobValue(bytes);
}

function readDate(text: string): DuckDBDateValue | undefined {
  const days = orUndefined(parseDate, text.trim());
  return days === undefined ? undefined : new DuckDBDateValue(days);
}

function readTime(text: string): DuckDBTimeValue | undefined {
  const micros = orUndefined(parseTime, text.trim());
  return micros === undefined ? undefined : new DuckDBTimeValue(micros);
}

function readDatetime(text: string): DuckDBTimestampValue | undefined {
  const micros = orUndefined(parseDatetime, text.trim());
  return micros === undefined ? undefined : new DuckDBTimestampValue(micros);
}

function readTimestamp(text: string): DuckDBTimestampTZValue | undefined {
  const trimmed = text.trim();
  const micros = DECIMAL.test(trimmed)
    ? epochMicros(trimmed)
    : orUndefined(parseTimestamp, canonicalTimestamp(trimmed));
  return micros === undefined ? undefined : new DuckDBTimestampTZValue(micros);
}

/**
 * Loads take slashes in the date, leave out seconds, and stand a space before the offset; Node's
 * client writes nanoseconds.
 */
const canonicalTimestamp = (text: string): string =>
  withoutNanos(text)
    .replace(/^(\d{4})\/(\d{1,2})\/(\d{1,2})/, '$1-$2-$3')
    .replace(/^(\S+[ Tt]\d{1,2}:\d{1,2})(?![\d:])/, '$1:00')
    .replace(/ (?=[+-]\d)/, '');

/** A time without the zeros that stand where nanoseconds would be. */
export const withoutNanos = (text: string): string => text.replace(/(\.\d{6})0{1,3}(?!\d)/, '$1');

/**
 * Seconds since the epoch, with a fraction; where that is beyond the year 9999, milliseconds, and
 * beyond that microseconds.
 */
function epochMicros(text: string): bigint | undefined {
  const value = Number(text);
  const unit = [1_000_000, 1000, 1].find((micros) => {
    const scaled = value * micros;
    return scaled >= Number(FIRST_MICROS) && scaled < Number(LAST_MICROS);
  });
  if (unit === undefined) return undefined;
  const whole = Math.trunc(value);
  return BigInt(whole) * BigInt(unit) + BigInt(Math.round((value - whole) * unit));
}

function readJson(text: string): string | undefined {
  try {
    return JSON.stringify(parseJsonExactly(text));
  } catch {
    return undefined;
  }
}

function orUndefined<T>(parse: (text: string) => T, text: string): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof InvalidText) return undefined;
    throw error;
  }
}
