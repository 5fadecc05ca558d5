/** Conversions between types, and the error that any function can raise. */
import { doubleText, parseDouble } from '../numbers/float.ts';
import { numericFromDouble, numericText, parseNumeric } from '../numbers/numeric.ts';
import { parseInterval } from '../time/interval.ts';
import {
  InvalidText,
  parseDate,
  parseDatetime,
  parseTime,
  parseTimestamp,
  zoneNamed,
} from '../time/parse.ts';
import { datetimeText, intervalText, timeText } from '../time/text.ts';
import { wallMicros } from '../time/zones.ts';
import type { Native } from './native.ts';

const LEAST = -(2n ** 63n);
const GREATEST = 2n ** 63n - 1n;

/** @throws {InvalidText} unless it fits into 64 bits. */
function int64(value: bigint, shown: string): bigint {
  if (value >= LEAST && value <= GREATEST) return value;
  throw new InvalidText(shown);
}

const INTEGER = /^\s*([+-]?)(?:(\d+)|0[xX]([0-9a-fA-F]+))\s*$/;

function int64FromString(text: string): bigint {
  const [, sign, digits, hex] = INTEGER.exec(text) ?? [];
  const size =
    digits !== undefined ? BigInt(digits) : hex !== undefined ? BigInt(`0x${hex}`) : undefined;
  if (size === undefined) throw new InvalidText(`Bad int64 value: ${text}`);
  return int64(sign === '-' ? -size : size, `Bad int64 value: ${text}`);
}

function int64FromFloat64(value: number): bigint {
  if (!Number.isFinite(value)) {
    throw new InvalidText(
      `Illegal conversion of non-finite floating point number to an integer: ${doubleText(value)}`,
    );
  }
  // Only what is out of range comes here: see CASTS.
  throw new InvalidText(`int64 out of range: ${doubleText(value)}`);
}

function int64FromNumeric(scaled: bigint): bigint {
  const half = scaled < 0n ? -500_000_000n : 500_000_000n;
  return int64((scaled + half) / 1_000_000_000n, `int64 out of range: ${numericText(scaled)}`);
}

function float64FromString(text: string): number {
  const value = parseDouble(text);
  if (value === undefined) throw new InvalidText(`Bad double value: ${text}`);
  return value;
}

function boolFromString(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  if (lower === 'false') return false;
  throw new InvalidText(`Bad bool value: ${text}`);
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder('utf-8', { ignoreBOM: true });

function stringFromBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    throw new InvalidText('Invalid UTF-8: bytes cannot be cast to a STRING');
  }
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]`. */
export const datetimeString = (wall: bigint): string => datetimeText(wall, ' ');

/** The same on the clock of a zone, with its offset: `+00`, `-03:30`. */
export function timestampString(micros: bigint, zoneName: string): string {
  const zone = zoneNamed(zoneName);
  const wall = wallMicros(micros, zone);
  const minutes = Number((wall - micros) / 60_000_000n);
  const size = Math.abs(minutes);
  const two = (n: number) => String(n).padStart(2, '0');
  const tail = size % 60 === 0 ? '' : `:${two(size % 60)}`;
  return `${datetimeString(wall)}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${tail}`;
}

function raise(message: string): never {
  throw new InvalidText(message);
}

export const CONVERSIONS: readonly Native[] = [
  { name: 'raise', signature: 'STRING(STRING)', call: raise },
  { name: 'int64_from_string', signature: 'INT64(STRING)', call: int64FromString },
  { name: 'int64_from_float64', signature: 'INT64(FLOAT64)', call: int64FromFloat64 },
  { name: 'int64_from_numeric', signature: 'INT64(NUMERIC)', call: int64FromNumeric },
  { name: 'float64_from_string', signature: 'FLOAT64(STRING)', call: float64FromString },
  { name: 'numeric_from_string', signature: 'NUMERIC(STRING)', call: parseNumeric },
  { name: 'parse_numeric', signature: 'NUMERIC(STRING)', call: parseSpaced },
  { name: 'numeric_from_float64', signature: 'NUMERIC(FLOAT64)', call: numericFromDouble },
  { name: 'bool_from_string', signature: 'BOOL(STRING)', call: boolFromString },
  { name: 'date_from_string', signature: 'DATE(STRING)', call: parseDate },
  { name: 'time_from_string', signature: 'TIME(STRING)', call: parseTime },
  { name: 'datetime_from_string', signature: 'DATETIME(STRING)', call: parseDatetime },
  {
    name: 'timestamp_from_string',
    signature: 'TIMESTAMP(STRING, STRING)',
    call: (text: string, zone: string) => parseTimestamp(text, zoneNamed(zone)),
  },
  { name: 'interval_from_string', signature: 'INTERVAL(STRING)', call: parseInterval },
  { name: 'string_from_bytes', signature: 'STRING(BYTES)', call: stringFromBytes },
  {
    name: 'lossy_string',
    signature: 'STRING(BYTES)',
    call: (bytes: Uint8Array) => lossy.decode(bytes),
  },
  { name: 'string_from_float64', signature: 'STRING(FLOAT64)', call: doubleText },
  { name: 'string_from_time', signature: 'STRING(TIME)', call: timeText },
  { name: 'string_from_datetime', signature: 'STRING(DATETIME)', call: datetimeString },
  { name: 'string_from_timestamp', signature: 'STRING(TIMESTAMP, STRING)', call: timestampString },
  { name: 'string_from_interval', signature: 'STRING(INTERVAL)', call: intervalText },
];

/** PARSE_NUMERIC also takes a sign behind the number, spaces after the sign and commas in it. */
function parseSpaced(text: string): bigint {
  const match = /^\s*([+-]?)\s*([\d.,]+(?:[eE][+-]?\d+)?)\s*([+-]?)\s*$/.exec(text);
  if (!match || (match[1] && match[3]))
    throw new InvalidText(`Invalid input to PARSE_NUMERIC: "${text}"`);
  return parseNumeric(`${match[1] || match[3] || ''}${match[2]!.replaceAll(',', '')}`);
}
