/** Operators: arithmetic, logic, comparison, LIKE, IN, BETWEEN and IS. */
import { typeText } from '../../types.ts';
import { OPERATORS, UNARY_OPERATORS } from '../functions/operators.ts';
import type {
  BetweenNode,
  BinaryNode,
  DistinctNode,
  Expr,
  IsNode,
  Place,
  UnaryNode,
} from '../parse/ast.ts';
import { choose } from './choose.ts';
import { coerce, unify } from './coercion.ts';
import { type Comparison, compareText, isNoNan, type Side } from './comparing.ts';
import type { Env, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { floatArithmetic } from './floats.ts';
import { fill } from './template.ts';
import { BOOL, isComparable, isOrderable } from './type_rules.ts';
import { composed, isUntypedNull, type Typed } from './typed.ts';

const COMPARISONS: readonly string[] = ['=', '!=', '<', '<=', '>', '>='];

export function resolveBinary(r: Resolver, node: BinaryNode, env: Env): Typed {
  const { operator } = node;
  if (operator === 'AND' || operator === 'OR') return resolveLogic(r, node, env);
  const left = r.expression(node.left, env);
  const right = r.expression(node.right, env);
  if (COMPARISONS.includes(operator)) {
    return compare(operator as Comparison, left, right, node.at);
  }
  return applyOperator(operator, [left, right], node.at);
}

/** An operator of the table applied to its operands. @throws {ApiError} `No matching signature …`. */
export function applyOperator(operator: string, operands: readonly Typed[], at: Place): Typed {
  const table = operands.length === 1 ? UNARY_OPERATORS : OPERATORS;
  const args = operands.map((value) => ({ kind: 'value', value: withoutText(value) }) as const);
  const match = choose(`operator ${operator}`, table[operator]!, args, [], at);
  const template = match.overload[1] as string;
  const [left, right] = match.args as [Typed, Typed];
  if (template === 'FLOAT') return floatArithmetic(operator as '+', left, right, at);
  const sql = fill(
    template,
    match.args.map((arg) => arg.sql),
  );
  return composed(match.result, sql, at, match.args);
}

/** A string next to an operator is a string: it becomes no date, though a function would take it. */
function withoutText(operand: Typed): Typed {
  if (operand.type.kind !== 'STRING') return operand;
  const { constant: _, ...firm } = operand;
  return firm;
}

/** Chains of AND and OR can be long: they are walked, not nested. */
function resolveLogic(r: Resolver, node: BinaryNode, env: Env): Typed {
  const operands: Expr[] = [];
  let rest: Expr = node;
  while (rest.kind === 'binary' && rest.operator === node.operator) {
    operands.unshift(rest.right);
    rest = rest.left;
  }
  operands.unshift(rest);
  const parts = operands.map((operand) =>
    condition(r.expression(operand, env), `operator ${node.operator}`),
  );
  return composed(BOOL, `(${parts.map((p) => p.sql).join(` ${node.operator} `)})`, node.at, parts);
}

/** A BOOL. @throws {ApiError} for another type, in the words of the operator that asked. */
export function condition(expr: Typed, what: string): Typed {
  const bool = coerce(expr, BOOL);
  if (bool) return bool;
  throw queryError(
    `No matching signature for ${what} for argument types: ${typeText(expr.type)}. Supported signature: BOOL`,
    expr.at,
  );
}

export function resolveUnary(r: Resolver, node: UnaryNode, env: Env): Typed {
  const operand = r.expression(node.operand, env);
  if (node.operator !== 'NOT') return applyOperator(node.operator, [operand], node.at);
  const bool = condition(operand, 'operator NOT');
  return composed(BOOL, `(NOT ${bool.sql})`, node.at, [bool]);
}

/** Compares two expressions as their common type. @throws {ApiError} `No matching signature …`. */
export function compare(operator: Comparison, left: Typed, right: Typed, at: Place): Typed {
  const unified = unify([left, right]);
  const ordered = operator !== '=' && operator !== '!=';
  const allowed = unified && (ordered ? isOrderable(unified.type) : isComparable(unified.type));
  if (!allowed) {
    const types = [left, right].map((e) => (isUntypedNull(e) ? 'NULL' : typeText(e.type)));
    throw queryError(
      `No matching signature for operator ${operator} for argument types: ${types.join(', ')}. Supported signature: ANY ${operator} ANY`,
      at,
    );
  }
  const [a, b] = unified.exprs as [Typed, Typed];
  const side = (from: Typed, to: Typed): Side => ({ sql: to.sql, finite: isNoNan(from) });
  const sql = compareText(operator, unified.type, side(left, a), side(right, b));
  return composed(BOOL, sql, at, [a, b]);
}

export function resolveIs(r: Resolver, node: IsNode, env: Env): Typed {
  const operand = r.expression(node.operand, env);
  const not = node.negated ? 'NOT ' : '';
  if (node.test === 'NULL') {
    return composed(BOOL, `(${operand.sql} IS ${not}NULL)`, node.at, [operand]);
  }
  const bool = condition(operand, `operator IS ${not}${node.test}`);
  const test = node.test === 'UNKNOWN' ? 'NULL' : node.test;
  return composed(BOOL, `(${bool.sql} IS ${not}${test})`, node.at, [bool]);
}

export function resolveDistinct(r: Resolver, node: DistinctNode, env: Env): Typed {
  const operands = [r.expression(node.left, env), r.expression(node.right, env)];
  const what = `IS ${node.negated ? 'NOT ' : ''}DISTINCT FROM`;
  const unified = unify(operands);
  if (!unified) {
    const types = operands.map((e) => typeText(e.type)).join(', ');
    throw queryError(
      `No matching signature for operator ${what} for argument types: ${types}`,
      node.at,
    );
  }
  const [left, right] = unified.exprs as [Typed, Typed];
  return composed(BOOL, `(${left.sql} ${what} ${right.sql})`, node.at, [left, right]);
}

export function resolveBetween(r: Resolver, node: BetweenNode, env: Env): Typed {
  const operand = r.expression(node.operand, env);
  const low = r.expression(node.low, env);
  const high = r.expression(node.high, env);
  const unified = unify([operand, low, high]);
  if (!unified || !isOrderable(unified.type)) {
    const types = [operand, low, high].map((e) => typeText(e.type)).join(', ');
    throw queryError(
      `No matching signature for operator BETWEEN for argument types: ${types}. Supported signature: (ANY) BETWEEN (ANY) AND (ANY)`,
      node.at,
    );
  }
  const [value, from, to] = unified.exprs as [Typed, Typed, Typed];
  const side = (sql: string, of: Typed): Side => ({ sql, finite: isNoNan(of) });
  const above = compareText('>=', unified.type, side('$1', operand), side('$2', low));
  const below = compareText('<=', unified.type, side('$1', operand), side('$3', high));
  const text = `(${above} AND ${below})`;
  const sql = fill(node.negated ? `(NOT ${text})` : text, [value.sql, from.sql, to.sql]);
  return composed(BOOL, sql, node.at, [value, from, to]);
}
