/** CASE and WITH expressions. */
import { typeText } from '../../types.ts';
import type { CaseNode, WithNode } from '../parse/ast.ts';
import { unify } from './coercion.ts';
import type { Env, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { compare, condition } from './operators.ts';
import { AliasScope, type Target } from './scope.ts';
import { composed, type Typed, untypedNull } from './typed.ts';

export function resolveCase(r: Resolver, node: CaseNode, env: Env): Typed {
  const operand = node.operand && r.expression(node.operand, env);
  const conditions = node.branches.map(({ when }) => {
    const expr = r.expression(when, env);
    return operand ? compare('=', operand, expr, when.at) : condition(expr, 'operator CASE');
  });
  const results = node.branches.map(({ result }) => r.expression(result, env));
  const otherwise = node.otherwise ? r.expression(node.otherwise, env) : untypedNull(node.at);
  const unified = unify([...results, otherwise]);
  if (!unified) {
    const types = [...results, otherwise].map((e) => typeText(e.type)).join(', ');
    throw queryError(
      `No matching signature for operator CASE for argument types: ${types}; all THEN/ELSE arguments must be coercible to a common type`,
      node.at,
    );
  }
  const values = unified.exprs;
  const branches = conditions.map((c, i) => `WHEN ${c.sql} THEN ${values[i]!.sql}`).join(' ');
  const sql = `(CASE ${branches} ELSE ${values.at(-1)!.sql} END)`;
  return composed(unified.type, sql, node.at, [...conditions, ...values]);
}

/** `WITH(a AS x, …, body)`: each name stands for its expression in what follows. */
export function resolveWith(r: Resolver, node: WithNode, env: Env): Typed {
  let inner = env;
  for (const { name, value } of node.bindings) {
    const expr = r.expression(value, inner);
    const target: Target = { kind: 'value', at: (at) => ({ ...expr, at }) };
    const scope = new AliasScope(new Map([[name.text.toLowerCase(), target]]), inner.scope);
    inner = { ...inner, scope };
  }
  return r.expression(node.body, inner);
}
