/** Function calls: functions of one's own, scalar functions, and on to aggregates and windows. */
import { unsupported } from '../../../errors.ts';
import { existsElsewhere, findFunction, functionNames } from '../functions/catalogue.ts';
import type { Overload } from '../functions/overload.ts';
import type { CallNode } from '../parse/ast.ts';
import type { FunctionDefinition } from '../parse/statements_ast.ts';
import { resolveAggregate } from './aggregates.ts';
import { chooseFor } from './arguments.ts';
import { coerce } from './coercion.ts';
import type { Env, QueryEnv, Resolver } from './context.ts';
import { queryError, suggestion } from './errors.ts';
import { expanding } from './expanding.ts';
import { findRoutine } from './routines.ts';
import { fillSafely } from './safe.ts';
import { AliasScope, type Target } from './scope.ts';
import { fill } from './template.ts';
import { resolveType } from './type_text.ts';
import { composed, type Typed } from './typed.ts';
import { resolveWindow } from './windows.ts';

export function resolveCall(r: Resolver, node: CallNode, env: Env): Typed {
  const name = node.name
    .map((part) => part.text)
    .join('.')
    .toUpperCase();
  const temporary = r.functions.get(name.toLowerCase());
  if (temporary) return inlined(r, node, temporary, env);
  if (name === 'GROUPING') return grouping(node, env);
  const found = findFunction(name);
  if (!found) {
    const routine = findRoutine(r, node.name, env.home);
    if (!routine) throw unknownFunction(name, node);
    return inlined(r, node, routine.definition, env, routine.home);
  }
  switch (found.kind) {
    case 'aggregate':
      return node.over
        ? resolveWindow(r, node, name, found, env)
        : resolveAggregate(r, node, name, found.definition, env);
    case 'window':
      return resolveWindow(r, node, name, found, env);
    case 'scalar':
      refuseClauses(node, name);
      return scalarCall(r, node, name, found.overloads, env);
  }
}

function grouping(node: CallNode, env: Env): Typed {
  if (!env.aggregates) throw queryError(`GROUPING not allowed in ${env.clause}`, node.at);
  if (node.args.length !== 1) throw queryError('GROUPING takes one argument', node.at);
  return env.aggregates.grouping(node.args[0]!);
}

function unknownFunction(name: string, node: CallNode) {
  if (existsElsewhere(name)) return unsupported(`the function ${name}`);
  const shown = node.name.map((part) => part.text).join('.');
  return queryError(`Function not found: ${shown}${suggestion(shown, functionNames())}`, node.at);
}

/** What only aggregates and windows may have between their parentheses or behind them. */
function refuseClauses(node: CallNode, name: string): void {
  const refused = node.over
    ? 'OVER clause'
    : node.distinct
      ? 'DISTINCT'
      : node.star
        ? '*'
        : node.nulls
          ? `${node.nulls} NULLS`
          : node.having || node.orderBy.length > 0 || node.limit
            ? 'HAVING, ORDER BY and LIMIT'
            : undefined;
  if (refused === undefined) return;
  throw queryError(`Function ${name} does not support ${refused}`, node.at);
}

function scalarCall(
  r: Resolver,
  node: CallNode,
  name: string,
  overloads: readonly Overload[],
  env: Env,
): Typed {
  const match = chooseFor(r, node, `function ${name}`, overloads, env);
  const call = { ...match, now: r.context.now, at: node.at };
  const [, template, typeOf] = match.overload;
  const text = typeof template === 'string' ? template : template(call);
  const values = match.args;
  const sql = node.safe
    ? fillSafely(text, values)
    : fill(
        text,
        values.map((arg) => arg.sql),
      );
  const parts = [...values, ...match.named.values()];
  const expr = composed(typeOf ? typeOf(call) : match.result, sql, node.at, parts);
  const fails = name === 'ERROR' && !node.safe;
  // What never gives a value is of whatever type is asked for.
  return fails ? { ...expr, constant: { kind: 'null', raises: values[0]!.sql } } : expr;
}

/**
 * The body of a function of one's own with its parameters bound to the arguments.
 * @param home where its names are looked up: where the function is at home, if it outlives the query
 */
function inlined(
  r: Resolver,
  node: CallNode,
  definition: FunctionDefinition,
  env: Env,
  home = env.home,
): Typed {
  refuseClauses(node, definition.name.text);
  if (node.safe) throw unsupported('SAFE. with a function of one’s own');
  const { parameters } = definition;
  if (node.args.length !== parameters.length || node.named.length > 0) {
    throw queryError(
      `Number of arguments does not match for function ${definition.name.text}: expected ${parameters.length}, found ${node.args.length}`,
      node.at,
    );
  }
  const targets = new Map<string, Target>();
  for (const [i, { name, type }] of parameters.entries()) {
    const value = argumentAs(
      r.expression(node.args[i]!, env),
      type && resolveType(type),
      definition,
    );
    targets.set(name.text.toLowerCase(), { kind: 'value', at: (at) => ({ ...value, at }) });
  }
  const refusal = () => unknownFunction(definition.name.text, node);
  const path = node.name.map(({ text }) => text.toLowerCase()).join('.');
  const body = expanding(r, `function ${path}`, refusal, () =>
    resolveBody(r, definition, targets, { ...env, home }),
  );
  return { ...body, at: node.at };
}

function resolveBody(
  r: Resolver,
  definition: FunctionDefinition,
  targets: ReadonlyMap<string, Target>,
  around: QueryEnv,
): Typed {
  const inner: Env = {
    home: around.home,
    scope: new AliasScope(targets, undefined),
    outer: undefined,
    ctes: undefined,
    aggregates: undefined,
    windows: undefined,
    clause: `function ${definition.name.text}`,
  };
  const body = r.expression(definition.body, inner);
  return argumentAs(body, definition.returns && resolveType(definition.returns), definition);
}

/** Resolves a body on NULLs of its parameters' types; one of any type is seen when it is called. */
export function checkDefinition(
  r: Resolver,
  definition: FunctionDefinition,
  around: QueryEnv,
): void {
  const { parameters } = definition;
  if (parameters.some(({ type }) => type === undefined)) return;
  const targets = parameters.map(({ name, type }): [string, Target] => {
    const value = composed(resolveType(type!), 'NULL', name.at, []);
    return [name.text.toLowerCase(), { kind: 'value', at: (at) => ({ ...value, at }) }];
  });
  resolveBody(r, definition, new Map(targets), around);
}

function argumentAs(
  value: Typed,
  type: Typed['type'] | undefined,
  definition: FunctionDefinition,
): Typed {
  const coerced = type ? coerce(value, type) : value;
  if (!coerced) {
    throw queryError(`No matching signature for function ${definition.name.text}`, value.at);
  }
  // Within the body it is a value, whatever it was in the call.
  const { constant: _, ...firm } = coerced;
  return firm;
}
