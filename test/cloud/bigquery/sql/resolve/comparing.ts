/**
 * Equality and order, where GoogleSQL's differ from DuckDB's.
 *
 * NaN equals nothing and is neither less nor greater than anything (DuckDB: equal to itself and the
 * greatest), yet sorts before all numbers. Structs compare field by field with NULLs unknown
 * (DuckDB: NULL fields are equal). Source: "Comparison operators"; "Data types", floating point
 * semantics and orderable types.
 */
import type { BqType } from '../../types.ts';
import { fieldText } from './casting.ts';
import { fill } from './template.ts';
import type { Typed } from './typed.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A side of a comparison: its text, and whether it is known to be no NaN. */
export interface Side {
  readonly sql: string;
  readonly finite: boolean;
}

/** Written out, or made of an exact number. */
export const isNoNan = (expr: Typed): boolean =>
  expr.constant?.kind === 'literal' || expr.type.kind !== 'FLOAT64';

/** Compares two values of one type. */
export function compareText(operator: Comparison, type: BqType, left: Side, right: Side): string {
  if (type.kind === 'STRUCT') {
    const equal = structEqual(type, left.sql, right.sql);
    return operator === '!=' ? `(NOT ${equal})` : equal;
  }
  const plain = `$1 ${operator === '!=' ? '<>' : operator} $2`;
  const guard = type.kind === 'FLOAT64' ? nanGuard(operator, left.finite, right.finite) : '';
  return fill(`(${plain}${guard})`, [left.sql, right.sql]);
}

/** What else must hold when an operand may be NaN, the greatest number to DuckDB. */
function nanGuard(operator: Comparison, leftFinite: boolean, rightFinite: boolean): string {
  switch (operator) {
    case '=':
      return leftFinite || rightFinite ? '' : ' AND NOT (isnan($1) AND $2 IS NOT NULL)';
    case '!=':
      return leftFinite || rightFinite ? '' : ' OR (isnan($1) AND $2 IS NOT NULL)';
    case '<':
    case '<=':
      return rightFinite ? '' : ' AND NOT (isnan($2) AND $1 IS NOT NULL)';
    default:
      return leftFinite ? '' : ' AND NOT (isnan($1) AND $2 IS NOT NULL)';
  }
}

function structEqual(type: Extract<BqType, { kind: 'STRUCT' }>, left: string, right: string) {
  const fields = type.fields.map((field, i) => {
    const side = (text: string): Side => ({ sql: fieldText(text, type.fields, i), finite: false });
    return compareText('=', field.type, side('$1'), side('$2'));
  });
  // A NULL struct is unknown even where it has no fields to be unknown.
  const known = '(CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE TRUE END)';
  return fill(`(${[known, ...fields].join(' AND ')})`, [left, right]);
}

export interface Direction {
  readonly descending: boolean;
  readonly nulls: 'FIRST' | 'LAST' | undefined;
}

/** Keys of ORDER BY. NULLs come first going up and last going down unless the text says otherwise. */
export function orderKeys(sql: string, type: BqType, { descending, nulls }: Direction): string[] {
  const place = `NULLS ${nulls ?? (descending ? 'LAST' : 'FIRST')}`;
  const key = `${sql} ${descending ? 'DESC' : 'ASC'} ${place}`;
  if (type.kind !== 'FLOAT64') return [key];
  return [`isnan(${sql}) ${descending ? 'ASC' : 'DESC'} ${place}`, key];
}
