/** ORDER BY, LIMIT and OFFSET of a query. */
import { unsupported } from '../../../errors.ts';
import { typeText } from '../../types.ts';
import type { Expr, OrderItem } from '../parse/ast.ts';
import type { Query } from '../parse/query_ast.ts';
import { coerce } from './coercion.ts';
import { orderKeys } from './comparing.ts';
import type { Env, QueryEnv, Resolver } from './context.ts';
import { expressionEnv } from './env.ts';
import { queryError } from './errors.ts';
import type { Output } from './select_list.ts';
import { INT64, isOrderable } from './type_rules.ts';
import type { Typed } from './typed.ts';

export interface Ordering {
  /** Keys over the query's columns, the hidden ones included. */
  readonly keys: readonly string[];
  /** Expressions that must become hidden columns: their text and alias. */
  readonly hidden: readonly { readonly sql: string; readonly alias: string }[];
  readonly exprs: readonly Typed[];
}

/**
 * @param outputs the columns that ordinals and equal expressions refer to, `c1`, `c2`, … in DuckDB.
 * @param visible whether other expressions may be sorted by: not after DISTINCT or a set operation.
 */
export function resolveOrder(
  r: Resolver,
  items: readonly OrderItem[],
  outputs: readonly Output[],
  env: Env,
  visible: boolean,
): Ordering {
  const hidden: { sql: string; alias: string }[] = [];
  const exprs: Typed[] = [];
  const keys = items.flatMap((item) => {
    const index = ordinal(item.expr, outputs.length);
    const expr = index === undefined ? r.expression(item.expr, env) : outputs[index]!.expr;
    if (!isOrderable(expr.type)) {
      throw queryError(
        `ORDER BY does not support expressions of type ${typeText(expr.type)}`,
        item.at,
      );
    }
    exprs.push(expr);
    const found = index ?? outputs.findIndex((output) => output.expr.sql === expr.sql);
    if (found >= 0) return orderKeys(`c${found + 1}`, expr.type, item);
    if (!visible) {
      throw queryError(
        'ORDER BY clause expression references a column which is not visible after SELECT DISTINCT',
        item.at,
      );
    }
    const alias = `o${hidden.length + 1}`;
    hidden.push({ sql: expr.sql, alias });
    return orderKeys(alias, expr.type, item);
  });
  return { keys, hidden, exprs };
}

function ordinal(expr: Expr, count: number): number | undefined {
  if (expr.kind !== 'literal' || expr.type === 'NULL') return undefined;
  if (expr.type !== 'INT64') throw queryError('Cannot ORDER BY literal values', expr.at);
  const number = Number(expr.value);
  if (number >= 1 && number <= count) return number - 1;
  throw queryError(`ORDER BY is out of SELECT column number range: ${expr.value}`, expr.at);
}

/** ` LIMIT n OFFSET m`, or ''. */
export function limitText(r: Resolver, query: Query, env: QueryEnv): string {
  const { limit, offset } = query;
  const texts = [
    limit ? ` LIMIT ${countText(r, limit, env, 'LIMIT')}` : '',
    offset ? ` OFFSET ${countText(r, offset, env, 'OFFSET')}` : '',
  ];
  return texts.join('');
}

function countText(r: Resolver, node: Expr, env: QueryEnv, clause: string): string {
  const expr = r.expression(node, expressionEnv(env, undefined, `${clause} clause`));
  const count = coerce(expr, INT64);
  if (!count)
    throw queryError(`${clause} expects an INT64, but has type ${typeText(expr.type)}`, node.at);
  const { constant } = expr;
  if (constant?.kind !== 'literal' && constant?.kind !== 'parameter') {
    throw unsupported(`${clause} with an expression that is no literal or parameter`);
  }
  if (constant.value === null || BigInt(constant.value as bigint) < 0n) {
    throw queryError(`${clause} expects a non-negative integer literal or parameter`, node.at);
  }
  return count.sql;
}
