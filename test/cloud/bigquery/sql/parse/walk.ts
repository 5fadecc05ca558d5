/** Looks through the expressions within an expression, but not into its subqueries. */
import type { CallNode, Expr } from './ast.ts';

/** Whether an expression or one within it passes a test. */
export function some(expr: Expr | undefined, test: (expr: Expr) => boolean): boolean {
  if (!expr) return false;
  return test(expr) || children(expr).some((child) => some(child, test));
}

/** The expressions right within an expression. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'field':
      return [expr.base];
    case 'subscript':
      return [expr.base, expr.index];
    case 'unary':
    case 'is':
      return [expr.operand];
    case 'binary':
    case 'distinct':
      return [expr.left, expr.right];
    case 'between':
      return [expr.operand, expr.low, expr.high];
    case 'in':
    case 'like':
      return [expr.operand, ...choices(expr.choices)];
    case 'case':
      return present([
        expr.operand,
        ...expr.branches.flatMap((b) => [b.when, b.result]),
        expr.otherwise,
      ]);
    case 'cast':
      return present([expr.operand, expr.format, expr.zone]);
    case 'extract':
      return present([expr.operand, expr.zone]);
    case 'interval':
      return [expr.value];
    case 'array':
      return expr.items;
    case 'struct':
      return expr.fields.map((field) => field.value);
    case 'with':
      return [...expr.bindings.map((binding) => binding.value), expr.body];
    case 'call':
      return callChildren(expr);
    default:
      return [];
  }
}

function choices(given: Extract<Expr, { kind: 'in' }>['choices']): readonly Expr[] {
  if (given.kind === 'list') return given.items;
  return given.kind === 'unnest' ? [given.array] : [];
}

function callChildren(call: CallNode): readonly Expr[] {
  const { over } = call;
  return present([
    ...call.args,
    ...call.named.map((named) => named.value),
    call.having?.expr,
    ...call.orderBy.map((item) => item.expr),
    call.limit,
    ...(over?.partitionBy ?? []),
    ...(over?.orderBy.map((item) => item.expr) ?? []),
  ]);
}

const present = (exprs: readonly (Expr | undefined)[]): readonly Expr[] =>
  exprs.filter((expr) => expr !== undefined);
