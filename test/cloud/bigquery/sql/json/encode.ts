/** SQL values as JSON. Source: "JSON functions", JSON encodings. */
import type { Interval } from '../../duckdb/vectors.ts';
import type { BqType, Field } from '../../types.ts';
import { doubleText } from '../numbers/float.ts';
import { numericText } from '../numbers/numeric.ts';
import { dateText, datetimeText, timeText } from '../time/text.ts';
import {
  type Json,
  JsonNumber,
  JsonObject,
  jsonDouble,
  jsonString,
  jsonText,
  parseJson,
} from './text.ts';

/** How numbers are written that other readers of JSON might not keep. */
export interface Encoding {
  /** Wide integers and fractions of NUMERIC as strings: TO_JSON_STRING, stringify_wide_numbers. */
  readonly wide: 'string' | 'number';
  /** FLOAT64 as the JSON type shows it, or as TO_JSON_STRING does. */
  readonly double: (value: number) => string;
  /** Fields of one name: all of them, or the first. */
  readonly repeated: 'all' | 'first';
}

export const AS_STRING: Encoding = { wide: 'string', double: doubleText, repeated: 'all' };
export const AS_JSON: Encoding = { wide: 'number', double: jsonDouble, repeated: 'first' };

const SAFE = 2n ** 53n;

/** A value in `RAW` form. */
export function toJson(type: BqType, value: unknown, encoding: Encoding): Json {
  if (value === null) return null;
  switch (type.kind) {
    case 'ARRAY':
      return (value as unknown[]).map((item) => toJson(type.element, item, encoding));
    case 'STRUCT':
      return structJson(type.fields, value as unknown[], encoding);
    case 'BOOL':
      return value as boolean;
    case 'INT64':
      return integerJson(value as bigint, encoding);
    case 'FLOAT64':
      return doubleJson(value as number, encoding);
    case 'NUMERIC':
      return numericJson(value as bigint, encoding);
    case 'BYTES':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'DATE':
      return dateText(value as number);
    case 'TIME':
      return timeText(value as bigint);
    case 'DATETIME':
      return datetimeText(value as bigint);
    case 'TIMESTAMP':
      return `${datetimeText(value as bigint)}Z`;
    case 'INTERVAL':
      return durationText(value as Interval);
    case 'JSON':
      return parseJson(value as string);
    default:
      return String(value);
  }
}

const writers = new WeakMap<BqType, (value: unknown) => string>();

/** Compact text of a value in `RAW` form, as TO_JSON_STRING gives it; many rows of a type come one after another. */
export function compactText(type: BqType, value: unknown): string {
  let write = writers.get(type);
  if (!write) {
    write = writerOf(type);
    writers.set(type, write);
  }
  return write(value);
}

/** The keys of a struct are written once. */
function writerOf(type: BqType): (value: unknown) => string {
  if (type.kind !== 'STRUCT') return (value) => jsonText(toJson(type, value, AS_STRING));
  const fields = type.fields.map((field, i) => ({
    key: `${i === 0 ? '' : ','}${jsonString(field.name)}:`,
    write: writerOf(field.type),
  }));
  return (value) => {
    if (value === null) return 'null';
    let text = '{';
    for (let i = 0; i < fields.length; i++) {
      const { key, write } = fields[i]!;
      text += key + write((value as readonly unknown[])[i]);
    }
    return `${text}}`;
  };
}

function structJson(
  fields: readonly Field[],
  values: readonly unknown[],
  encoding: Encoding,
): Json {
  const entries = fields.map((f, i) => [f.name, toJson(f.type, values[i], encoding)] as const);
  if (encoding.repeated === 'all') return new JsonObject(entries);
  const first = new Map<string, Json>();
  for (const [name, value] of entries) if (!first.has(name)) first.set(name, value);
  return new JsonObject([...first]);
}

function integerJson(value: bigint, { wide }: Encoding): Json {
  const fits = value >= -SAFE && value <= SAFE;
  return fits || wide === 'number' ? new JsonNumber(String(value)) : String(value);
}

function doubleJson(value: number, { double }: Encoding): Json {
  return Number.isFinite(value) ? new JsonNumber(double(value)) : String(value);
}

function numericJson(scaled: bigint, { wide }: Encoding): Json {
  const text = numericText(scaled);
  const whole =
    scaled % 10n ** 9n === 0n && scaled <= SAFE * 10n ** 9n && scaled >= -SAFE * 10n ** 9n;
  return whole || wide === 'number' ? new JsonNumber(text) : text;
}

/** ISO 8601: `P1Y2M3DT4H5M6.7S`. */
function durationText({ months, days, micros }: Interval): string {
  const part = (value: number | bigint, unit: string) =>
    Number(value) === 0 ? '' : `${value}${unit}`;
  const date = part(Math.trunc(months / 12), 'Y') + part(months % 12, 'M') + part(days, 'D');
  const seconds = micros / 1_000_000n;
  const fraction = micros % 1_000_000n;
  const size = fraction < 0n ? -fraction : fraction;
  const sign = micros < 0n && seconds % 60n === 0n && fraction !== 0n ? '-' : '';
  const decimals = fraction === 0n ? '' : `.${String(size).padStart(6, '0').replace(/0+$/, '')}`;
  const rest = seconds % 60n;
  const secondsText = rest === 0n && fraction === 0n ? '' : `${sign}${rest}${decimals}S`;
  const time = part(seconds / 3600n, 'H') + part((seconds / 60n) % 60n, 'M') + secondsText;
  const text = date + (time === '' ? '' : `T${time}`);
  return text === '' ? 'P0Y' : `P${text}`;
}
