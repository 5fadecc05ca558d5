/**
 * Implicit conversions: what an argument becomes when a signature asks for another type, and the
 * common type of several expressions.
 *
 * Source: "Conversion rules" of the GoogleSQL reference.
 */

import { physicalType } from '../../duckdb/types.ts';
import type { BqType, ScalarType } from '../../types.ts';
import type { Place } from '../parse/ast.ts';
import { InvalidText } from '../time/parse.ts';
import { castText, structText } from './casting.ts';
import { queryError } from './errors.ts';
import { readText } from './literals.ts';
import { equivalent, INT64, isNumber, sameType, widens } from './type_rules.ts';
import {
  type Constant,
  composed,
  converted,
  isLiteral,
  isUntypedNull,
  nullOf,
  type Typed,
  typedNull,
} from './typed.ts';

type StructType = Extract<BqType, { kind: 'STRUCT' }>;

const TEMPORAL = ['DATE', 'DATETIME', 'TIME', 'TIMESTAMP'] as const;
type Temporal = (typeof TEMPORAL)[number];

const isTemporal = (type: BqType): type is { kind: Temporal } =>
  (TEMPORAL as readonly string[]).includes(type.kind);

/** Whether GoogleSQL reads the expression as another type unasked. */
export function coerces(expr: Typed, to: BqType): boolean {
  if (sameType(expr.type, to) || isUntypedNull(expr)) return true;
  const { constant } = expr;
  if (constant?.kind === 'array' && to.kind === 'ARRAY') {
    return constant.items.every((item) => coerces(item, to.element));
  }
  if (constant?.kind === 'struct' && to.kind === 'STRUCT') {
    const { items } = constant;
    return (
      items.length === to.fields.length &&
      items.every((item, i) => coerces(item, to.fields[i]!.type))
    );
  }
  return constantCoerces(expr, to) || widens(expr.type, to);
}

/** Strings that are known become dates and times, numbers with a point NUMERIC. */
function constantCoerces({ type, constant }: Typed, to: BqType): boolean {
  if (constant?.kind !== 'literal' && constant?.kind !== 'parameter') return false;
  if (type.kind === 'STRING') return isTemporal(to);
  return type.kind === 'FLOAT64' && to.kind === 'NUMERIC' && constant.kind === 'literal';
}

/**
 * The expression as another type, if GoogleSQL does that unasked.
 * @throws {ApiError} when a string should be a date or time and is none, or a number is too great.
 */
export function coerce(expr: Typed, to: BqType): Typed | undefined {
  if (!coerces(expr, to)) return undefined;
  if (isUntypedNull(expr)) return typedNull(expr, to);
  if (sameType(expr.type, to)) return expr;
  const { constant, at } = expr;
  if (constant?.kind === 'array' && to.kind === 'ARRAY') {
    return arrayOfItems(
      constant.items.map((item) => coerce(item, to.element)!),
      to,
      at,
    );
  }
  if (constant?.kind === 'struct' && to.kind === 'STRUCT') {
    return structOfItems(
      constant.items.map((item, i) => coerce(item, to.fields[i]!.type)!),
      to,
      at,
    );
  }
  return constantCoerces(expr, to) ? coerceConstant(expr, to) : cast(expr, to);
}

function cast(expr: Typed, to: BqType): Typed {
  const widened = converted(expr, to, castText(expr.sql, expr.type, to)!);
  // Widening a number cannot fail.
  return expr.total ? { ...widened, total: true } : widened;
}

/** `(a, b)` with items that are of the fields' types. */
export function structOfItems(items: readonly Typed[], type: StructType, at: Place): Typed {
  const texts = items.map((item) => item.sql);
  const sql = structText(type.fields, texts);
  return { ...composed(type, sql, at, items), constant: { kind: 'struct', items } };
}

/** `[a, b]` with items that are of the element's type. */
export function arrayOfItems(items: readonly Typed[], type: BqType, at: Place): Typed {
  const text = `[${items.map((item) => item.sql).join(', ')}]`;
  // DuckDB takes an empty list for one of integers.
  const sql = items.length === 0 ? `CAST([] AS ${physicalType(type)})` : text;
  return { ...composed(type, sql, at, items), constant: { kind: 'array', items } };
}

/** @throws {ApiError} `Could not cast literal …`. */
function coerceConstant(expr: Typed, to: BqType): Typed {
  const { at } = expr;
  const { kind, value } = expr.constant as Exclude<Constant, { items: unknown } | { kind: 'null' }>;
  if (value === null) return nullOf(to, at);
  try {
    return { ...nullOf(to, at), sql: readText(to.kind as ScalarType, String(value)) };
  } catch (error) {
    if (!(error instanceof InvalidText)) throw error;
    throw queryError(`Could not cast ${kind} "${value}" to type ${to.kind}`, at, error);
  }
}

/** The type to which all expressions coerce; undefined when there is none. INT64 for NULLs only. */
export function commonType(exprs: readonly Typed[]): BqType | undefined {
  const known = exprs.filter((expr) => !isUntypedNull(expr) && !isEmptyArray(expr));
  if (known.length === 0) return exprs.find(isEmptyArray)?.type ?? INT64;
  const firm = known.filter((expr) => !isLiteral(expr));
  let type = firm.length > 0 ? leastUpper(firm.map((expr) => expr.type)) : commonOfLiterals(known);
  for (const literal of firm.length > 0 ? known.filter(isLiteral) : []) {
    if (type && !coerces(literal, type)) type = leastUpper([type, literal.type]);
  }
  return type && exprs.every((expr) => coerces(expr, type)) ? type : undefined;
}

/** Structs and arrays that are written out agree item by item: `(1, NULL)` and `(2.5, 'a')`. */
function commonOfLiterals(exprs: readonly Typed[]): BqType | undefined {
  const [{ type }] = exprs as [Typed];
  const items = exprs.map((expr) => itemsOf(expr));
  if (items.includes(undefined)) return leastUpper(exprs.map((expr) => expr.type));
  const columns = items as (readonly Typed[])[];
  if (type.kind === 'ARRAY') {
    const element = exprs.every((expr) => expr.type.kind === 'ARRAY') && commonType(columns.flat());
    return element ? { kind: 'ARRAY', element } : undefined;
  }
  if (type.kind !== 'STRUCT') return undefined;
  const fits = exprs.every(
    (expr) => expr.type.kind === 'STRUCT' && expr.type.fields.length === type.fields.length,
  );
  const types = fits
    ? type.fields.map((_, i) => commonType(columns.map((c) => c[i]!)))
    : [undefined];
  if (types.includes(undefined)) return undefined;
  return { kind: 'STRUCT', fields: type.fields.map((field, i) => ({ ...field, type: types[i]! })) };
}

const itemsOf = ({ constant }: Typed): readonly Typed[] | undefined =>
  constant?.kind === 'array' || constant?.kind === 'struct' ? constant.items : undefined;

const isEmptyArray = (expr: Typed): boolean =>
  expr.constant?.kind === 'array' && expr.constant.items.length === 0;

function leastUpper(types: readonly BqType[]): BqType | undefined {
  return types.reduce<BqType | undefined>(
    (upper, type) => upper && leastUpperOfTwo(upper, type),
    types[0],
  );
}

function leastUpperOfTwo(a: BqType, b: BqType): BqType | undefined {
  if (equivalent(a, b)) return a;
  if (isNumber(a) && isNumber(b)) return widens(a, b) ? b : a;
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') {
    const element = leastUpperOfTwo(a.element, b.element);
    return element && { kind: 'ARRAY', element };
  }
  if (a.kind !== 'STRUCT' || b.kind !== 'STRUCT' || a.fields.length !== b.fields.length) {
    return undefined;
  }
  const fields = a.fields.map((field, i) => {
    const type = leastUpperOfTwo(field.type, b.fields[i]!.type);
    return type && { ...field, type };
  });
  if (fields.includes(undefined)) return undefined;
  return { kind: 'STRUCT', fields: fields as { name: string; type: BqType }[] };
}

/** All expressions as their common type. */
export function unify(
  exprs: readonly Typed[],
): { type: BqType; exprs: readonly Typed[] } | undefined {
  const type = commonType(exprs);
  return type && { type, exprs: exprs.map((expr) => coerce(expr, type)!) };
}
