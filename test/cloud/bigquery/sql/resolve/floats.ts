/**
 * FLOAT64 arithmetic, which in GoogleSQL fails where it overflows or divides by zero.
 *
 * DuckDB answers infinity or NaN. A sum of products is therefore evaluated as it is, and only where
 * the result is not finite a second time, by functions that check each step and fail with what went
 * wrong. A divisor is checked on its own: an infinity below the line would vanish.
 */
import type { Place } from '../parse/ast.ts';
import { fill } from './template.ts';
import { FLOAT64 } from './type_rules.ts';
import { composed, type Typed } from './typed.ts';

type FloatOperator = '+' | '-' | '*' | '/';

/** An expression whose steps can still become part of a larger one. */
interface Arithmetic {
  /** What DuckDB makes of it. */
  readonly quick: string;
  /** The same, step by step with checks. */
  readonly careful: string;
}

const steps = new WeakMap<Typed, Arithmetic>();

export function floatArithmetic(
  operator: FloatOperator,
  left: Typed,
  right: Typed,
  at: Place,
): Typed {
  const a = stepsOf(left);
  const b = operator === '/' ? { quick: right.sql, careful: right.sql } : stepsOf(right);
  const quick = `(${a.quick} ${operator} ${b.quick})`;
  const careful = `bq_float64_checked('${operator}', ${a.careful}, ${b.careful})`;
  const sql = fill('(CASE WHEN NOT isfinite($1) THEN $2 ELSE $1 END)', [quick, careful]);
  const expr = composed(FLOAT64, sql, at, [left, right]);
  steps.set(expr, { quick, careful });
  return expr;
}

const stepsOf = (expr: Typed): Arithmetic =>
  steps.get(expr) ?? { quick: expr.sql, careful: expr.sql };
