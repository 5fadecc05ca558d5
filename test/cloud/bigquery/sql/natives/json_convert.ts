/** Scalars out of JSON, strictly and laxly. */
import { type Json, JsonNumber, parseJson } from '../json/text.ts';
import { doubleText, parseDouble } from '../numbers/float.ts';
import { InvalidText } from '../time/parse.ts';
import type { Native } from './native.ts';

/** The value, if it is of the kind that a converter takes. */
function expect<T extends Json>(text: string, what: string, test: (value: Json) => value is T): T {
  const value = parseJson(text);
  if (test(value)) return value;
  throw new InvalidText(`The provided JSON input is not ${what}`);
}

const isNumber = (value: Json): value is JsonNumber => value instanceof JsonNumber;
const isBoolean = (value: Json): value is boolean => typeof value === 'boolean';
const isString = (value: Json): value is string => typeof value === 'string';

function int64Of(text: string): bigint {
  const number = Number(text);
  const whole = /^-?\d+$/.test(text)
    ? BigInt(text)
    : Number.isInteger(number)
      ? BigInt(number)
      : undefined;
  if (whole === undefined || BigInt.asIntN(64, whole) !== whole) {
    throw new InvalidText(`The provided JSON number: ${text} cannot be converted to an integer`);
  }
  return whole;
}

function float64Of(text: string, mode: string): number {
  if (mode !== 'exact' && mode !== 'round')
    throw new InvalidText(`Invalid wide_number_mode: ${mode}`);
  const number = Number(text);
  const exact = !/^-?\d+$/.test(text) || BigInt(number) === BigInt(text);
  if (mode === 'exact' && !exact)
    throw new InvalidText(
      `JSON number: ${text} cannot be converted to DOUBLE without loss of precision`,
    );
  return number;
}

function laxNumber(value: Json): number | null {
  if (isNumber(value)) return Number(value.text);
  return isString(value) ? (parseDouble(value) ?? null) : null;
}

function laxInt64(text: string): bigint | null {
  const value = parseJson(text);
  if (isBoolean(value)) return value ? 1n : 0n;
  const digits = isNumber(value) ? value.text : isString(value) ? value.trim() : '';
  if (/^[+-]?\d+$/.test(digits)) return inRange(BigInt(digits.replace('+', '')));
  const number = laxNumber(value);
  if (number === null || !Number.isFinite(number)) return null;
  return inRange(BigInt(Math.sign(number) * Math.round(Math.abs(number))));
}

const inRange = (value: bigint): bigint | null =>
  BigInt.asIntN(64, value) === value ? value : null;

function laxBool(text: string): boolean | null {
  const value = parseJson(text);
  if (isBoolean(value)) return value;
  if (isNumber(value)) return Number(value.text) !== 0;
  if (!isString(value) || !/^(?:true|false)$/i.test(value)) return null;
  return value.toLowerCase() === 'true';
}

function laxString(text: string): string | null {
  const value = parseJson(text);
  if (isNumber(value))
    return /^-?\d+$/.test(value.text) ? value.text : doubleText(Number(value.text));
  return isString(value) || isBoolean(value) ? String(value) : null;
}

export const JSON_CONVERSIONS: readonly Native[] = [
  {
    name: 'json_bool',
    signature: 'BOOL(JSON)',
    call: (text: string) => expect(text, 'a boolean', isBoolean),
  },
  {
    name: 'json_int64',
    signature: 'INT64(JSON)',
    call: (text: string) => int64Of(expect(text, 'an integer', isNumber).text),
  },
  {
    name: 'json_float64',
    signature: 'FLOAT64(JSON, STRING)',
    call: (text: string, mode: string) => float64Of(expect(text, 'a number', isNumber).text, mode),
  },
  {
    name: 'json_to_string',
    signature: 'STRING(JSON)',
    call: (text: string) => expect(text, 'a string', isString),
  },
  { name: 'lax_bool', signature: 'BOOL(JSON)', call: laxBool },
  { name: 'lax_int64', signature: 'INT64(JSON)', call: laxInt64 },
  {
    name: 'lax_float64',
    signature: 'FLOAT64(JSON)',
    call: (text: string) => laxNumber(parseJson(text)),
  },
  { name: 'lax_string', signature: 'STRING(JSON)', call: laxString },
];
