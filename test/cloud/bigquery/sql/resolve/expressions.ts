/** Expressions: each kind of syntax to the file that knows it. */
import { unsupported } from '../../../errors.ts';
import type { Expr, PathNode } from '../parse/ast.ts';
import { resolveCall } from './calls.ts';
import { resolveCast, resolveExtract, resolveInterval } from './casts.ts';
import { resolveIn, resolveLike } from './choices.ts';
import { resolveCase, resolveWith } from './conditionals.ts';
import { isBareCall, resolveArray, resolveStruct, resolveSubscript } from './constructors.ts';
import type { Env, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { resolveLiteral } from './literals.ts';
import {
  resolveBetween,
  resolveBinary,
  resolveDistinct,
  resolveIs,
  resolveUnary,
} from './operators.ts';
import { fieldOf, resolvePath } from './scope.ts';
import { resolveSubquery } from './subqueries.ts';
import type { Typed } from './typed.ts';

export function resolveExpression(r: Resolver, node: Expr, env: Env): Typed {
  const key = env.aggregates?.key(node);
  if (key) return { ...key, at: node.at };
  switch (node.kind) {
    case 'literal':
      return resolveLiteral(node);
    case 'path':
      return resolveName(r, node, env);
    case 'parameter':
      return r.parameters.resolve(node);
    case 'variable':
      throw unsupported(`the system variable @@${node.name}`);
    case 'field':
      return fieldOf(r.expression(node.base, env), node.name);
    case 'subscript':
      return resolveSubscript(r, node, env);
    case 'unary':
      return resolveUnary(r, node, env);
    case 'binary':
      return resolveBinary(r, node, env);
    case 'is':
      return resolveIs(r, node, env);
    case 'distinct':
      return resolveDistinct(r, node, env);
    case 'between':
      return resolveBetween(r, node, env);
    case 'in':
      return resolveIn(r, node, env);
    case 'like':
      return resolveLike(r, node, env);
    case 'case':
      return resolveCase(r, node, env);
    case 'cast':
      return resolveCast(r, node, env);
    case 'extract':
      return resolveExtract(r, node, env);
    case 'interval':
      return resolveInterval(r, node, env);
    case 'array':
      return resolveArray(r, node, env);
    case 'struct':
      return resolveStruct(r, node, env);
    case 'subquery':
      return resolveSubquery(r, node, env);
    case 'with':
      return resolveWith(r, node, env);
    case 'call':
      return resolveCall(r, node, env);
    case 'default':
      throw queryError('DEFAULT is allowed only as the value of a column', node.at);
  }
}

function resolveName(r: Resolver, node: PathNode, env: Env): Typed {
  return isBareCall(node)
    ? resolveCall(r, bareCall(node), env)
    : resolvePath(node.names, env.scope);
}

const bareCall = (node: PathNode) => ({
  kind: 'call' as const,
  at: node.at,
  name: node.names,
  safe: false,
  args: [],
  named: [],
  star: false,
  distinct: false,
  nulls: undefined,
  having: undefined,
  orderBy: [],
  limit: undefined,
  over: undefined,
});
