/**
 * Reads DuckDB's vectors column by column, straight from their memory where that is faster.
 *
 * `@duckdb/node-api` gives one boxed value at a time; its number vectors however lie over typed
 * arrays, and validity over 64-bit words (https://duckdb.org/docs/stable/clients/c/vector). This
 * file is the one place that relies on it.
 */
import type {
  DuckDBBlobVector,
  DuckDBDecimal128Vector,
  DuckDBIntervalVector,
  DuckDBListVector,
  DuckDBStructVector,
  DuckDBVarCharVector,
  DuckDBVector,
} from '@duckdb/node-api';
import {
  dateText,
  datetimeText,
  decimalText,
  intervalText,
  timestampText,
  timeText,
} from '../sql/time/text.ts';
import type { BqType, Field, ScalarType } from '../types.ts';

interface RawVector {
  readonly items: Float64Array | BigInt64Array | Int32Array;
  readonly validity: { readonly data: BigUint64Array | null; readonly offset: number };
}

const raw = (vector: DuckDBVector): RawVector => vector as unknown as RawVector;

/** 1 where a row is NULL; undefined when none is. */
export function nullsOf(vector: DuckDBVector): Uint8Array | undefined {
  const { data, offset } = raw(vector).validity;
  if (data === null) return undefined;
  const words = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let nulls: Uint8Array | undefined;
  for (let i = 0; i < vector.itemCount; i++) {
    const bit = offset + i;
    if ((words[bit >> 3]! >> (bit & 7)) & 1) continue;
    nulls ??= new Uint8Array(vector.itemCount);
    nulls[i] = 1;
  }
  return nulls;
}

/** The numbers of a DOUBLE vector; rows that are NULL hold anything. */
export const doublesOf = (vector: DuckDBVector): Float64Array => raw(vector).items as Float64Array;

/** The integers of a BIGINT, TIME or TIMESTAMP vector; rows that are NULL hold anything. */
export const integersOf = (vector: DuckDBVector): BigInt64Array =>
  raw(vector).items as BigInt64Array;

const daysOf = (vector: DuckDBVector): Int32Array => raw(vector).items as Int32Array;

/** How values are shown, type by type. */
export interface Forms {
  readonly INT64: (value: bigint) => unknown;
  readonly FLOAT64: (value: number) => unknown;
  readonly BOOL: (value: boolean) => unknown;
  readonly STRING: (value: string) => unknown;
  readonly BYTES: (value: Uint8Array) => unknown;
  /** Days since 1970-01-01. */
  readonly DATE: (days: number) => unknown;
  /** Microseconds of the day. */
  readonly TIME: (micros: bigint) => unknown;
  /** Microseconds since 1970-01-01, of the wall clock. */
  readonly DATETIME: (micros: bigint) => unknown;
  /** Microseconds since 1970-01-01 UTC. */
  readonly TIMESTAMP: (micros: bigint) => unknown;
  /** Billionths. */
  readonly NUMERIC: (scaled: bigint) => unknown;
  readonly INTERVAL: (value: Interval) => unknown;
  readonly JSON: (text: string) => unknown;
  readonly ARRAY: (elements: readonly unknown[]) => unknown;
  /** Values in the order of the fields. */
  readonly STRUCT: (values: readonly unknown[], fields: readonly Field[]) => unknown;
  readonly NULL: (type: BqType) => unknown;
}

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

const same = <T>(value: T): T => value;

/** Values as DuckDB holds them: counts, bytes, arrays; structs as arrays of their values. */
export const RAW: Forms = {
  INT64: same,
  FLOAT64: same,
  BOOL: same,
  STRING: same,
  BYTES: same,
  DATE: same,
  TIME: same,
  DATETIME: same,
  TIMESTAMP: same,
  NUMERIC: same,
  INTERVAL: same,
  JSON: same,
  ARRAY: same,
  STRUCT: same,
  NULL: () => null,
};

/** Numbers, booleans and bytes as they are, everything else as CAST(… AS STRING) gives it. */
export const PLAIN: Forms = {
  ...RAW,
  DATE: dateText,
  TIME: timeText,
  DATETIME: (micros) => datetimeText(micros, ' '),
  TIMESTAMP: timestampText,
  NUMERIC: (scaled) => decimalText(scaled, 9),
  INTERVAL: intervalText,
  STRUCT: (values, fields) => Object.fromEntries(fields.map((field, i) => [field.name, values[i]])),
};

/** Value by row of a vector that holds a GoogleSQL type. */
export type Reader = (row: number) => unknown;

/** Reads a vector's rows in the forms asked for. */
export function readerOf(type: BqType, vector: DuckDBVector, forms: Forms): Reader {
  const nulls = nullsOf(vector);
  const value = valueReader(type, vector, forms);
  if (!nulls) return value;
  return (row) => (nulls[row] ? forms.NULL(type) : value(row));
}

function valueReader(type: BqType, vector: DuckDBVector, forms: Forms): Reader {
  if (type.kind === 'ARRAY') return arrayReader(type.element, vector as DuckDBListVector, forms);
  if (type.kind !== 'STRUCT') return scalarReader(type.kind, vector, forms);
  const struct = vector as DuckDBStructVector;
  const readers = type.fields.map((f, i) => readerOf(f.type, struct.entryVectorAt(i), forms));
  return (row) =>
    forms.STRUCT(
      readers.map((read) => read(row)),
      type.fields,
    );
}

function arrayReader(element: BqType, list: DuckDBListVector, forms: Forms): Reader {
  const read = readerOf(element, list.childVector, forms);
  return (row) => {
    const start = list.getEntryOffset(row);
    return forms.ARRAY(Array.from({ length: list.getEntryLength(row) }, (_, i) => read(start + i)));
  };
}

function scalarReader(kind: ScalarType, vector: DuckDBVector, forms: Forms): Reader {
  switch (kind) {
    case 'INT64':
    case 'TIMESTAMP':
    case 'DATETIME':
    case 'TIME':
      return integers(vector, forms[kind]);
    case 'FLOAT64': {
      const items = doublesOf(vector);
      return (row) => forms.FLOAT64(items[row]!);
    }
    case 'DATE': {
      const items = daysOf(vector);
      return (row) => forms.DATE(items[row]!);
    }
    case 'BOOL':
      return (row) => forms.BOOL(vector.getItem(row) as boolean);
    case 'BYTES':
      return (row) => forms.BYTES((vector as DuckDBBlobVector).getItem(row)!.bytes);
    case 'NUMERIC':
      return (row) => forms.NUMERIC((vector as DuckDBDecimal128Vector).getScaledValue(row)!);
    case 'INTERVAL':
      return (row) => forms.INTERVAL((vector as DuckDBIntervalVector).getItem(row)!);
    case 'STRING':
    case 'JSON':
      return (row) => forms[kind]((vector as DuckDBVarCharVector).getItem(row)!);
    default:
      throw new TypeError(`No DuckDB vector holds a ${kind}.`);
  }
}

function integers(vector: DuckDBVector, form: (value: bigint) => unknown): Reader {
  const items = integersOf(vector);
  return (row) => form(items[row]!);
}
