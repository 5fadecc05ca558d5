/** JSON objects, checked and converted into DuckDB's values by column. */
import { DuckDBListValue, DuckDBStructValue, type DuckDBValue } from '@duckdb/node-api';
import { unsupported } from '../../errors.ts';
import type { BqType, Field, ScalarType } from '../types.ts';
import { ExactNumber } from './json_text.ts';
import { type Dialect, Misfit, missingFields } from './misfit.ts';
import { SCALAR_READERS } from './scalars.ts';

/** A row's values in the order of the fields. @throws {Misfit} */
export type RowReader = (row: Readonly<Record<string, unknown>>) => DuckDBValue[];

type Convert = (value: unknown) => DuckDBValue;

export interface RowOptions {
  readonly dialect: Dialect;
  /** Leave out what the schema does not name, rather than refuse the row. */
  readonly ignoreUnknownValues: boolean;
}

/** Compiles the reader of a schema. */
export function rowReader(fields: readonly Field[], options: RowOptions): RowReader {
  return recordReader(fields, '', options);
}

function recordReader(fields: readonly Field[], prefix: string, options: RowOptions): RowReader {
  const { dialect, ignoreUnknownValues } = options;
  const converters = fields.map((field) => fieldConverter(field, prefix + field.name, options));
  const empty = fields.map((field) =>
    field.type.kind === 'ARRAY' ? new DuckDBListValue([]) : null,
  );
  const required = fields.flatMap((field, i) => (field.required ? [i] : []));
  const places = new Map(fields.map((field, i) => [field.name, i]));
  const loosePlaces = new Map(fields.map((field, i) => [field.name.toLowerCase(), i]));
  return (row) => {
    const values: DuckDBValue[] = [...empty];
    for (const key of Object.keys(row)) {
      const place = places.get(key) ?? loosePlaces.get(key.toLowerCase());
      if (place !== undefined) values[place] = converters[place]!(row[key]);
      else if (!ignoreUnknownValues) {
        throw new Misfit(prefix + key, dialect.unknownField(prefix + key));
      }
    }
    const missing = required.filter((i) => values[i] === null);
    if (missing.length > 0) throw missingFields(missing.map((i) => prefix + fields[i]!.name));
    return values;
  };
}

function fieldConverter(field: Field, path: string, options: RowOptions): Convert {
  const { dialect } = options;
  if (field.type.kind === 'ARRAY') return arrayConverter(field.type.element, path, options);
  const convert = valueConverter(field.type, path, options);
  if (!field.required || !dialect.refusesNull) return (value) => nullOr(value, convert);
  return (value) => {
    if (value === null || value === undefined) throw new Misfit(path, dialect.unexpectedNull(path));
    return convert(value);
  };
}

const nullOr = (value: unknown, convert: Convert): DuckDBValue =>
  value === null || value === undefined ? null : convert(value);

function arrayConverter(element: BqType, path: string, options: RowOptions): Convert {
  const { dialect } = options;
  const convert = valueConverter(element, path, options);
  return (value) => {
    if (value === null || value === undefined) return new DuckDBListValue([]);
    if (!Array.isArray(value)) throw new Misfit(path, dialect.notArray(path));
    const items = (value as unknown[]).map((item) => {
      if (item === null) throw new Misfit(path, dialect.unexpectedNull(path));
      return convert(item);
    });
    return new DuckDBListValue(items);
  };
}

function valueConverter(type: BqType, path: string, options: RowOptions): Convert {
  const { dialect } = options;
  if (type.kind === 'STRUCT') return structConverter(type.fields, path, options);
  // An array of arrays does not exist in GoogleSQL.
  const kind = type.kind as ScalarType;
  if (kind === 'JSON' && dialect.plainJson) return (value) => JSON.stringify(value);
  const read = SCALAR_READERS[kind];
  if (read === undefined) throw unsupported(`rows for columns of type ${kind}`);
  const quick = AS_IT_IS[kind] ?? (() => undefined);
  return (value) => {
    const same = quick(value);
    if (same !== undefined) return same;
    if (Array.isArray(value)) throw new Misfit(path, dialect.unexpectedArray(path));
    if (typeof value === 'object' && !(value instanceof ExactNumber)) {
      throw new Misfit(path, dialect.unexpectedRecord(path));
    }
    const text = textOf(value, kind, dialect);
    const converted = text === undefined ? undefined : read(text);
    if (converted === undefined) {
      throw new Misfit(path, dialect.unconvertible(plain(value), kind, path));
    }
    return converted;
  };
}

function structConverter(fields: readonly Field[], path: string, options: RowOptions): Convert {
  const { dialect } = options;
  const read = recordReader(fields, `${path}.`, options);
  const names = fields.map((field) => field.name);
  return (value) => {
    if (Array.isArray(value)) throw new Misfit(path, dialect.unexpectedArray(path));
    if (typeof value !== 'object' || value === null || value instanceof ExactNumber) {
      throw new Misfit(path, dialect.notRecord(plain(value), path));
    }
    const values = read(value as Record<string, unknown>);
    return new DuckDBStructValue(Object.fromEntries(names.map((name, i) => [name, values[i]!])));
  };
}

/** Values that need no reading of their text. */
const AS_IT_IS: Readonly<Partial<Record<ScalarType, (value: unknown) => DuckDBValue | undefined>>> =
  {
    STRING: (value) => (typeof value === 'string' ? value : undefined),
    INT64: (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : undefined),
    FLOAT64: (value) => (Number.isFinite(value) ? (value as number) : undefined),
    BOOL: (value) => (typeof value === 'boolean' ? value : undefined),
  };

const NUMERIC_KINDS: ReadonlySet<ScalarType> = new Set([
  'INT64',
  'FLOAT64',
  'NUMERIC',
  'TIMESTAMP',
]);

/** The text that a column's reader is given; undefined where its type takes no such value. */
function textOf(value: unknown, kind: ScalarType, dialect: Dialect): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return kind === 'BOOL' ? String(value) : undefined;
  // JSON has no infinity: this one is a number beyond a double's range.
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  const text =
    value instanceof ExactNumber ? value.text : Object.is(value, -0) ? '-0' : String(value);
  if (kind === 'INT64') return integralText(text);
  if (NUMERIC_KINDS.has(kind)) return text;
  if (kind === 'BOOL') return text === '0' || text === '1' ? text : undefined;
  return kind === 'STRING' && dialect.numbersAsStrings ? text : undefined;
}

/** `5.0` and `5e3` are integers to JSON. */
function integralText(text: string): string {
  if (/^-?\d+$/.test(text)) return text;
  const value = Number(text);
  return Number.isSafeInteger(value) ? String(value) : text;
}

const plain = (value: unknown): unknown => (value instanceof ExactNumber ? value.text : value);
