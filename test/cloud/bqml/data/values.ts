/** Values of input columns, as numbers and as text. */
import type { Column } from '../../bigquery/ports.ts';
import type { BqType, ScalarType } from '../../bigquery/types.ts';

const NUMERIC: ReadonlySet<string> = new Set(['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC']);
const CATEGORICAL: ReadonlySet<string> = new Set([
  'BOOL',
  'STRING',
  'BYTES',
  'DATE',
  'DATETIME',
  'TIME',
]);

export const isNumeric = (type: BqType): boolean => NUMERIC.has(type.kind);
export const isCategorical = (type: BqType): boolean => CATEGORICAL.has(type.kind);

/** Whether values of the type can be grouped and ordered: labels and columns that split are. */
export const isComparable = (type: BqType): boolean =>
  isNumeric(type) || isCategorical(type) || type.kind === 'TIMESTAMP';

/** GoogleSQL's implicit coercion between column types: INT64 → NUMERIC → BIGNUMERIC → FLOAT64. */
export function coerces(from: BqType, to: BqType): boolean {
  const order = ['INT64', 'NUMERIC', 'BIGNUMERIC', 'FLOAT64'];
  if (from.kind === to.kind) return true;
  const [a, b] = [order.indexOf(from.kind), order.indexOf(to.kind)];
  return a >= 0 && b >= 0 && a <= b;
}

/** The numbers of a numeric column at the given rows (all of them without), NULL as `nullValue`. */
export function numbersOf(
  column: Column,
  rows?: Uint32Array,
  nullValue: number = Number.NaN,
): Float64Array {
  const { values, nulls } = column;
  const count = rows?.length ?? values.length;
  const out = new Float64Array(count);
  if (values instanceof Float64Array) {
    for (let i = 0; i < count; i++) {
      const row = rows ? rows[i]! : i;
      out[i] = nulls?.[row] ? nullValue : values[row]!;
    }
    return out;
  }
  for (let i = 0; i < count; i++) {
    const value = values[rows ? rows[i]! : i];
    out[i] = value === null || value === undefined ? nullValue : Number(value);
  }
  return out;
}

/** Whether the value is NULL. */
export function isNull(column: Column, row: number): boolean {
  const { values, nulls } = column;
  if (values instanceof Float64Array) return nulls?.[row] === 1;
  return values[row] === null || values[row] === undefined;
}

/**
 * The text by which a category or a class is known: as BigQuery ML's vocabularies and class names
 * spell it. Bytes become one character each.
 */
export function textAt(column: Column, row: number): string | null {
  if (isNull(column, row)) return null;
  const value = column.values[row];
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);
}

/** A value of a scalar type from the text that `textAt` gave. */
export function valueFromText(type: ScalarType, text: string): unknown {
  switch (type) {
    case 'BOOL':
      return text === 'true';
    case 'FLOAT64':
      return Number(text);
    case 'INT64':
      return BigInt(text);
    case 'BYTES':
      return new Uint8Array(Buffer.from(text, 'latin1'));
    default:
      return text;
  }
}

/** GoogleSQL's order of strings: by code points, which UTF-16 units have but for surrogates. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Puts surrogates behind U+FFFF, where the code points stand that they make up. */
const codePointRank = (unit: number): number =>
  unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;

/** Orders texts of a type as GoogleSQL orders its values. */
export function compareAs(type: ScalarType): (a: string, b: string) => number {
  if (type === 'INT64') return (a, b) => sign(BigInt(a), BigInt(b));
  if (type === 'FLOAT64') return (a, b) => Number(a) - Number(b);
  if (type === 'NUMERIC' || type === 'BIGNUMERIC') {
    return (a, b) => Number(a) - Number(b) || compareText(a, b);
  }
  return compareText;
}

const sign = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
