/** JSON functions. */
import type { BqType } from '../../types.ts';
import { AS_JSON, AS_STRING, toJson } from '../json/encode.ts';
import { follow, parsePath } from '../json/path.ts';
import {
  canonical,
  canonicalJson,
  InvalidJson,
  isArray,
  type Json,
  JsonNumber,
  JsonObject,
  jsonText,
  parseJson,
  prettyJson,
  survives,
} from '../json/text.ts';
import { doubleText } from '../numbers/float.ts';
import { InvalidText } from '../time/parse.ts';
import type { Native, TypedValue } from './native.ts';

const canonicalText = (value: Json): string => jsonText(canonical(value));

/** What a JSON-formatted STRING holds at a path; undefined also where the text is no JSON. */
function fromString(text: string, path: string, legacy: boolean): Json | undefined {
  const steps = parsePath(path, legacy);
  try {
    return follow(parseJson(text), steps);
  } catch (error) {
    if (error instanceof InvalidJson) return undefined;
    throw error;
  }
}

const fromJson = (text: string, path: string, legacy: boolean): Json | undefined =>
  follow(parseJson(text), parsePath(path, legacy));

type Source = typeof fromString;

/** Text of a scalar without quotes; null for JSON null and for what is no scalar. */
function scalarText(value: Json | undefined): string | null {
  if (value === undefined || value === null || isArray(value) || value instanceof JsonObject)
    return null;
  return value instanceof JsonNumber ? value.text : String(value);
}

const query =
  (source: Source, keepsNull: boolean) => (text: string, path: string, legacy: boolean) => {
    const value = source(text, path, legacy);
    if (value === undefined || (value === null && !keepsNull)) return null;
    return jsonText(value);
  };

const value = (source: Source) => (text: string, path: string, legacy: boolean) =>
  scalarText(source(text, path, legacy));

const queryArray = (source: Source) => (text: string, path: string, legacy: boolean) => {
  const found = source(text, path, legacy);
  return found !== undefined && isArray(found) ? found.map(jsonText) : null;
};

const valueArray = (source: Source) => (text: string, path: string, legacy: boolean) => {
  const found = source(text, path, legacy);
  if (found === undefined || !isArray(found)) return null;
  const nested = found.some((item) => isArray(item) || item instanceof JsonObject);
  return nested ? null : found.map(scalarText);
};

/** Each extractor for JSON and for JSON-formatted STRING. */
const extractors = (
  name: string,
  result: readonly [json: string, string: string],
  make: (source: Source, keepsNull: boolean) => Native['call'],
): readonly Native[] => [
  {
    name: `${name}_json`,
    signature: `${result[0]}(JSON, STRING, BOOL)`,
    call: make(fromJson, true),
  },
  {
    name: `${name}_string`,
    signature: `${result[1]}(STRING, STRING, BOOL)`,
    call: make(fromString, false),
  },
];

function parseTo(text: string, mode: string): string {
  const parsed = parsing(text);
  if (mode !== 'exact' && mode !== 'round')
    throw new InvalidText(`Invalid wide_number_mode: ${mode}`);
  if (mode === 'exact') checkNumbers(parsed);
  return canonicalText(parsed);
}

function parsing(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new InvalidText(`Invalid input to PARSE_JSON: ${(error as Error).message}`);
  }
}

function checkNumbers(value: Json): void {
  if (value instanceof JsonNumber) {
    if (survives(value.text)) return;
    throw new InvalidText(
      `Invalid input to PARSE_JSON: Input number: ${value.text} cannot round-trip through string representation`,
    );
  }
  if (isArray(value)) for (const item of value) checkNumbers(item);
  else if (value instanceof JsonObject) for (const [, inner] of value.entries) checkNumbers(inner);
}

function typeOf(text: string): string {
  const value = parseJson(text);
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  if (value instanceof JsonObject) return 'object';
  return value instanceof JsonNumber ? 'number' : typeof value;
}

/** Keys of objects within objects, joined by points; arrays are not entered. */
function keysOf(text: string, depth: bigint): string[] {
  if (depth <= 0n) throw new InvalidText('max_depth of JSON_KEYS must be positive');
  const keys = new Set<string>();
  const visit = (value: Json, prefix: string, level: bigint): void => {
    if (!(value instanceof JsonObject) || level > depth) return;
    for (const [name, inner] of value.entries) {
      const shown = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
      keys.add(prefix + shown);
      visit(inner, `${prefix}${shown}.`, level + 1n);
    }
  };
  visit(parseJson(text), '', 1n);
  return [...keys].sort();
}

function stripNulls(text: string, path: string, arrays: boolean, empty: boolean): string {
  if (path !== '$')
    throw new InvalidText('The local BigQuery does not support JSON_STRIP_NULLS with a path');
  return jsonText(stripped(parseJson(text), arrays, empty) ?? null);
}

/** Undefined where nothing is left. */
function stripped(value: Json, arrays: boolean, empty: boolean): Json | undefined {
  if (isArray(value)) {
    const items = value.map((item) => stripped(item, arrays, empty));
    const kept = arrays
      ? items.filter((item) => item !== undefined)
      : items.map((item) => item ?? null);
    return kept.length === 0 && empty && arrays ? undefined : kept;
  }
  if (value instanceof JsonObject) {
    const entries = value.entries.flatMap(([key, inner]) => {
      const kept = stripped(inner, arrays, empty);
      return kept === undefined ? [] : [[key, kept] as const];
    });
    return entries.length === 0 && empty ? undefined : new JsonObject(entries);
  }
  return value ?? undefined;
}

/** The values of a struct that carries the arguments of a call. */
function argumentsOf({ type, value }: TypedValue): { type: BqType; value: unknown }[] {
  if (value === null || type.kind !== 'STRUCT') return [];
  return type.fields.map((field, i) => ({ type: field.type, value: (value as unknown[])[i] }));
}

const jsonArray = (args: TypedValue): string =>
  canonicalText(argumentsOf(args).map((arg) => toJson(arg.type, arg.value, AS_JSON)));

/** Keys and values in turn. */
function jsonObject(args: TypedValue): string {
  const given = argumentsOf(args);
  if (given.length % 2 !== 0) throw new InvalidText('JSON_OBJECT takes keys and values in pairs');
  const entries = [];
  for (let i = 0; i < given.length; i += 2) {
    const key = given[i]!;
    if (key.type.kind !== 'STRING' || key.value === null)
      throw new InvalidText('A key of JSON_OBJECT must be a STRING and not NULL');
    const { type, value: inner } = given[i + 1]!;
    entries.push([key.value as string, toJson(type, inner, AS_JSON)] as const);
  }
  return canonicalText(new JsonObject(entries));
}

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
  if (!isString(value) || !/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value))
    return null;
  return Number(value);
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

function member(text: string, key: string): string | null {
  const found = follow(parseJson(text), [key]);
  return found === undefined ? null : jsonText(found);
}

function element(text: string, index: bigint): string | null {
  const value = parseJson(text);
  const found = isArray(value) && index >= 0n ? value[Number(index)] : undefined;
  return found === undefined ? null : jsonText(found);
}

export const JSON_NATIVES: readonly Native[] = [
  ...extractors('json_query', ['JSON', 'STRING'], query),
  ...extractors('json_value', ['STRING', 'STRING'], value),
  ...extractors('json_query_array', ['ARRAY<JSON>', 'ARRAY<STRING>'], queryArray),
  ...extractors('json_value_array', ['ARRAY<STRING>', 'ARRAY<STRING>'], valueArray),
  { name: 'parse_json', signature: 'JSON(STRING, STRING)', call: parseTo },
  {
    name: 'to_json',
    signature: 'JSON(ANY, BOOL)',
    call: ({ type, value: given }: TypedValue, wide: boolean | null) =>
      wide === null
        ? null
        : canonicalText(toJson(type, given, wide ? { ...AS_JSON, wide: 'string' } : AS_JSON)),
    takesNulls: true,
  },
  {
    name: 'to_json_string',
    signature: 'STRING(ANY, BOOL)',
    call: ({ type, value: given }: TypedValue, pretty: boolean | null) => {
      if (pretty === null) return null;
      const json = toJson(type, given, AS_STRING);
      return pretty ? prettyJson(json) : jsonText(json);
    },
    takesNulls: true,
  },
  { name: 'json_type', signature: 'STRING(JSON)', call: typeOf },
  { name: 'json_keys', signature: 'ARRAY<STRING>(JSON, INT64)', call: keysOf },
  { name: 'json_strip_nulls', signature: 'JSON(JSON, STRING, BOOL, BOOL)', call: stripNulls },
  { name: 'json_array', signature: 'JSON(ANY)', call: jsonArray, takesNulls: true },
  { name: 'json_object', signature: 'JSON(ANY)', call: jsonObject, takesNulls: true },
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
  { name: 'json_member', signature: 'JSON(JSON, STRING)', call: member },
  { name: 'json_element', signature: 'JSON(JSON, INT64)', call: element },
  { name: 'json_canonical', signature: 'JSON(STRING)', call: canonicalJson },
];
