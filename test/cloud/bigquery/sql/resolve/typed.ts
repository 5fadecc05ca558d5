/** An expression whose type is known: its DuckDB text and what it stands for. */

import { physicalType } from '../../duckdb/types.ts';
import type { BqType } from '../../types.ts';
import type { Place } from '../parse/ast.ts';
import { INT64 } from './type_rules.ts';

/** A column that a FROM clause brings into scope. */
export interface Column {
  readonly name: string;
  readonly type: BqType;
  /** How DuckDB reads it. */
  readonly sql: string;
  /** The columns that reading it reads in turn. */
  readonly sources: Refs;
  /** The stored column that it is: `table` is the table's DuckDB name. */
  readonly stored?: { readonly table: string; readonly name: string };
}

export type Refs = ReadonlySet<Column>;

export const NO_REFS: Refs = new Set();

export function union(...sets: readonly Refs[]): Refs {
  const filled = sets.filter((set) => set.size > 0);
  if (filled.length <= 1) return filled[0] ?? NO_REFS;
  return new Set(filled.flatMap((set) => [...set]));
}

/** What makes an expression coerce where a column of its type would not. */
export type Constant =
  /** NULL, or a call that only fails: `raises` is the text of its message. */
  | { readonly kind: 'null'; readonly raises?: string }
  /** INT64 as bigint, FLOAT64 as its text, STRING, BOOL. */
  | { readonly kind: 'literal'; readonly value: bigint | string | boolean }
  | { readonly kind: 'parameter'; readonly value: unknown }
  /** `[…]` and `(…)` written out. */
  | { readonly kind: 'array' | 'struct'; readonly items: readonly Typed[] };

export interface Typed {
  readonly type: BqType;
  /** DuckDB text, closed: it can stand as any operand. */
  readonly sql: string;
  readonly at: Place;
  readonly refs: Refs;
  readonly constant?: Constant;
  /** Cannot fail: a column, a literal, a parameter. */
  readonly total?: true;
  /** Holds an aggregate or a window function. */
  readonly aggregated?: boolean;
  readonly windowed?: boolean;
}

/** An expression made of others. */
export function composed(type: BqType, sql: string, at: Place, parts: readonly Typed[]): Typed {
  return {
    type,
    sql,
    at,
    refs: union(...parts.map((part) => part.refs)),
    ...(parts.some((part) => part.aggregated) ? { aggregated: true } : {}),
    ...(parts.some((part) => part.windowed) ? { windowed: true } : {}),
  };
}

/** The same expression read as another type or by another text; no longer a constant. */
export function converted(expr: Typed, type: BqType, sql: string): Typed {
  return composed(type, sql, expr.at, [expr]);
}

export const nullOf = (type: BqType, at: Place): Typed => ({
  type,
  sql: `CAST(NULL AS ${physicalType(type)})`,
  at,
  refs: NO_REFS,
  total: true,
});

/** The NULL that is of any type, and of INT64 if nothing asks for another. */
export const untypedNull = (at: Place): Typed => ({
  ...nullOf(INT64, at),
  constant: { kind: 'null' },
});

/** A NULL of no type, or what fails instead of being one, as a value of a type. */
export function typedNull(expr: Typed, type: BqType): Typed {
  const raises = expr.constant?.kind === 'null' ? expr.constant.raises : undefined;
  if (raises === undefined) return nullOf(type, expr.at);
  return converted(expr, type, `CAST(bq_raise(${raises}) AS ${physicalType(type)})`);
}

export const isUntypedNull = (expr: Typed): boolean => expr.constant?.kind === 'null';

/** Written out in the text, as opposed to read from a column or computed. */
export const isLiteral = (expr: Typed): boolean =>
  expr.constant !== undefined && expr.constant.kind !== 'parameter';

/** The same with all of its parts: what it means does not depend on where it stands. */
export function isWrittenOut(expr: Typed): boolean {
  const { constant, refs } = expr;
  if (constant === undefined || refs.size > 0 || expr.aggregated) return false;
  return !('items' in constant) || constant.items.every(isWrittenOut);
}

/** Known before any row is read. */
export const isFixed = (expr: Typed): boolean => expr.total === true && expr.refs.size === 0;

/** A NULL, of any type or of one. */
export const isNull = (expr: Typed): boolean => expr.sql === nullOf(expr.type, expr.at).sql;
