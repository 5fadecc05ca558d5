/** What can be done with GoogleSQL's types. Source: "Data types" and "Conversion rules". */
import type { BqType, Field, ScalarType } from '../../types.ts';
import { typeText } from '../../types.ts';

export const scalar = (kind: ScalarType): BqType => ({ kind });
export const arrayOf = (element: BqType): BqType => ({ kind: 'ARRAY', element });
export const structOf = (fields: readonly Field[]): BqType => ({ kind: 'STRUCT', fields });

export const INT64 = scalar('INT64');
export const FLOAT64 = scalar('FLOAT64');
export const NUMERIC = scalar('NUMERIC');
export const BOOL = scalar('BOOL');
export const STRING = scalar('STRING');
export const BYTES = scalar('BYTES');

/** The same type, names of fields included. */
export const sameType = (a: BqType, b: BqType): boolean => typeText(a) === typeText(b);

/** The same type but for the names of its fields: values pass without change. */
export function equivalent(a: BqType, b: BqType): boolean {
  if (a.kind === 'ARRAY') return b.kind === 'ARRAY' && equivalent(a.element, b.element);
  if (a.kind !== 'STRUCT') return a.kind === b.kind;
  if (b.kind !== 'STRUCT' || a.fields.length !== b.fields.length) return false;
  return a.fields.every((field, i) => equivalent(field.type, b.fields[i]!.type));
}

const NUMERIC_RANKS: Partial<Record<BqType['kind'], number>> = {
  INT64: 0,
  NUMERIC: 1,
  BIGNUMERIC: 2,
  FLOAT64: 3,
};

export const isNumber = (type: BqType): boolean => NUMERIC_RANKS[type.kind] !== undefined;

/** Whether any value of the first type becomes one of the second without being asked. */
export function widens(from: BqType, to: BqType): boolean {
  if (equivalent(from, to)) return true;
  const [a, b] = [NUMERIC_RANKS[from.kind], NUMERIC_RANKS[to.kind]];
  if (a !== undefined && b !== undefined) return a < b;
  if (from.kind === 'DATE') return to.kind === 'DATETIME';
  if (from.kind !== 'STRUCT' || to.kind !== 'STRUCT') return false;
  if (from.fields.length !== to.fields.length) return false;
  return from.fields.every((field, i) => widens(field.type, to.fields[i]!.type));
}

/** Some type within a type, at any depth, that the test accepts. */
export function contains(type: BqType, test: (type: BqType) => boolean): boolean {
  if (test(type)) return true;
  if (type.kind === 'ARRAY') return contains(type.element, test);
  return type.kind === 'STRUCT' && type.fields.some((field) => contains(field.type, test));
}

/** Whether ORDER BY, MIN and `<` take it. */
export const isOrderable = (type: BqType): boolean =>
  !['ARRAY', 'STRUCT', 'JSON', 'GEOGRAPHY'].includes(type.kind);

/** Whether GROUP BY and DISTINCT take it. */
export const isGroupable = (type: BqType): boolean =>
  !contains(type, (t) => t.kind === 'JSON' || t.kind === 'GEOGRAPHY');

/** Whether `=` takes it. */
export const isComparable = (type: BqType): boolean =>
  !contains(type, (t) => t.kind === 'JSON' || t.kind === 'GEOGRAPHY' || t.kind === 'ARRAY');
