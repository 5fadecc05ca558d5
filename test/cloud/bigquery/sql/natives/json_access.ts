/** What JSON holds: values at a path, members, keys and kinds. */
import { follow, parsePath } from '../json/path.ts';
import {
  InvalidJson,
  isArray,
  type Json,
  JsonNumber,
  JsonObject,
  jsonText,
  parseJson,
} from '../json/text.ts';
import { InvalidText } from '../time/parse.ts';
import type { Native } from './native.ts';

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

function member(text: string, key: string): string | null {
  const found = follow(parseJson(text), [key]);
  return found === undefined ? null : jsonText(found);
}

function element(text: string, index: bigint): string | null {
  const value = parseJson(text);
  const found = isArray(value) && index >= 0n ? value[Number(index)] : undefined;
  return found === undefined ? null : jsonText(found);
}

export const JSON_ACCESS: readonly Native[] = [
  ...extractors('json_query', ['JSON', 'STRING'], query),
  ...extractors('json_value', ['STRING', 'STRING'], value),
  ...extractors('json_query_array', ['ARRAY<JSON>', 'ARRAY<STRING>'], queryArray),
  ...extractors('json_value_array', ['ARRAY<STRING>', 'ARRAY<STRING>'], valueArray),
  { name: 'json_type', signature: 'STRING(JSON)', call: typeOf },
  { name: 'json_keys', signature: 'ARRAY<STRING>(JSON, INT64)', call: keysOf },
  { name: 'json_member', signature: 'JSON(JSON, STRING)', call: member },
  { name: 'json_element', signature: 'JSON(JSON, INT64)', call: element },
];
