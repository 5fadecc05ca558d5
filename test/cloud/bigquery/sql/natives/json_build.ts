/** JSON out of text and out of other values. */
import type { BqType } from '../../types.ts';
import { AS_JSON, AS_STRING, compactText, toJson } from '../json/encode.ts';
import {
  canonical,
  canonicalJson,
  isArray,
  type Json,
  JsonNumber,
  JsonObject,
  jsonText,
  parseJson,
  prettyJson,
  survives,
} from '../json/text.ts';
import { InvalidText } from '../time/parse.ts';
import type { Native, TypedValue } from './native.ts';

const canonicalText = (value: Json): string => jsonText(canonical(value));

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

type Entry = readonly [key: string, value: Json];

const objectOf = (entries: readonly Entry[]): string => canonicalText(new JsonObject([...entries]));

/** Keys and values in turn. */
function jsonObject(args: TypedValue): string {
  const given = argumentsOf(args);
  if (given.length % 2 !== 0) throw new InvalidText('JSON_OBJECT takes keys and values in pairs');
  const entries: Entry[] = [];
  for (let i = 0; i < given.length; i += 2) {
    const key = given[i]!;
    if (key.type.kind !== 'STRING' || key.value === null)
      throw new InvalidText('A key of JSON_OBJECT must be a STRING and not NULL');
    const { type, value: inner } = given[i + 1]!;
    entries.push([key.value as string, toJson(type, inner, AS_JSON)]);
  }
  return objectOf(entries);
}

/** Keys and values as two arrays. */
function jsonObjectOfArrays(keys: readonly (string | null)[], values: TypedValue): string | null {
  if (values.value === null || values.type.kind !== 'ARRAY') return null;
  const { element } = values.type;
  const given = values.value as readonly unknown[];
  if (keys.length !== given.length)
    throw new InvalidText('The number of keys and values of JSON_OBJECT must match');
  const entries = keys.map((key, i): Entry => {
    if (key === null) throw new InvalidText('A key of JSON_OBJECT must be a STRING and not NULL');
    return [key, toJson(element, given[i], AS_JSON)];
  });
  return objectOf(entries);
}

export const JSON_BUILDING: readonly Native[] = [
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
      return pretty ? prettyJson(toJson(type, given, AS_STRING)) : compactText(type, given);
    },
    takesNulls: true,
  },
  { name: 'json_strip_nulls', signature: 'JSON(JSON, STRING, BOOL, BOOL)', call: stripNulls },
  { name: 'json_array', signature: 'JSON(ANY)', call: jsonArray, takesNulls: true },
  { name: 'json_object', signature: 'JSON(ANY)', call: jsonObject, takesNulls: true },
  {
    name: 'json_object_of_arrays',
    signature: 'JSON(ARRAY<STRING>, ANY)',
    call: jsonObjectOfArrays,
  },
  { name: 'json_canonical', signature: 'JSON(STRING)', call: canonicalJson },
];
