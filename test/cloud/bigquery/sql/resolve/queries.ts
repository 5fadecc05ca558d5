/** Queries: WITH, the body, ORDER BY and LIMIT. */
import { unsupported } from '../../../errors.ts';
import type { Query, QueryBody, SetOperation } from '../parse/query_ast.ts';
import type { CteScope, QueryEnv, ResolvedQuery, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { limitText } from './ordering.ts';
import { resolveSelect } from './select.ts';
import { combine, ordered } from './set_operations.ts';
import { finished } from './subqueries.ts';

export function resolveQuery(r: Resolver, query: Query, env: QueryEnv): ResolvedQuery {
  const { ctes, prefix } = resolveCtes(r, query, env);
  const inner: QueryEnv = { ...env, ctes };
  const limit = limitText(r, query, inner);
  const { body, orderBy } = query;
  if (body.kind === 'select') return { ...resolveSelect(r, body, inner, orderBy), prefix, limit };
  return { ...ordered(r, resolveBody(r, body, inner), orderBy, inner), prefix, limit };
}

/** A set operation or a query in parentheses, as DuckDB text without an order of its own. */
function resolveBody(r: Resolver, body: Exclude<QueryBody, { kind: 'select' }>, env: QueryEnv) {
  if (body.kind === 'set') return combine(body, inputsOf(r, body, env));
  const query = r.query(body.query, env);
  const { columns, value, always } = query;
  return { columns, value, always, core: finished(query), order: [] };
}

const inputsOf = (r: Resolver, body: SetOperation, env: QueryEnv): readonly ResolvedQuery[] =>
  body.inputs.map((input) => resolveInput(r, input, env));

function resolveInput(r: Resolver, input: QueryBody, env: QueryEnv): ResolvedQuery {
  if (input.kind === 'nested') return r.query(input.query, env);
  const plain = { prefix: '', limit: '' };
  if (input.kind === 'select') return { ...resolveSelect(r, input, env, []), ...plain };
  return { ...resolveBody(r, input, env), ...plain };
}

function resolveCtes(r: Resolver, query: Query, env: QueryEnv) {
  let { ctes } = env;
  const seen = new Set<string>();
  const definitions: string[] = [];
  for (const { name, query: definition } of query.ctes) {
    const key = name.text.toLowerCase();
    if (seen.has(key)) throw queryError(`Duplicate alias ${name.text} for WITH subquery`, name.at);
    seen.add(key);
    const alias = r.unique('w');
    // A CTE sees those before it, and nothing of the query around it but its columns.
    const inner: QueryEnv = { ...env, ctes };
    const cte =
      (query.recursive ? recursive(r, name.text, alias, definition, inner) : undefined) ??
      plain(name.text, alias, r.query(definition, inner), ctes);
    definitions.push(cte.definition);
    ctes = cte;
  }
  const keyword = query.recursive ? 'WITH RECURSIVE' : 'WITH';
  return { ctes, prefix: definitions.length > 0 ? `${keyword} ${definitions.join(', ')} ` : '' };
}

const plain = (
  name: string,
  alias: string,
  result: ResolvedQuery,
  parent: CteScope | undefined,
): CteScope => ({ parent, name, alias, definition: `${alias} AS (${finished(result)})`, result });

/** `anchor UNION ALL rows that read the rows before`; undefined when the query is none such. */
function recursive(
  r: Resolver,
  name: string,
  alias: string,
  definition: Query,
  env: QueryEnv,
): CteScope | undefined {
  const { body } = definition;
  if (body.kind !== 'set' || !body.operator.startsWith('UNION') || body.inputs.length !== 2) {
    return undefined;
  }
  if (definition.orderBy.length > 0 || definition.limit || body.byName) {
    throw unsupported('recursive queries with ORDER BY, LIMIT or BY NAME');
  }
  const anchor = resolveInput(r, body.inputs[0]!, env);
  const self: CteScope = { parent: env.ctes, name, alias, definition: '', result: firm(anchor) };
  const step = resolveInput(r, body.inputs[1]!, { ...env, ctes: self });
  const result = combine(body, [firm(anchor), step]);
  for (const [i, column] of result.columns.entries()) {
    if (column.type.kind === anchor.columns[i]!.type.kind) continue;
    throw queryError(
      `Recursive term of ${name} changes the type of column ${i + 1}: cast it to ${anchor.columns[i]!.type.kind}`,
      body.at,
    );
  }
  return { ...self, definition: `${alias} AS (${result.core})`, result };
}

/** The first rows decide the types of the columns. */
const firm = (query: ResolvedQuery): ResolvedQuery => ({
  ...query,
  columns: query.columns.map(({ literal: _, ...column }) => column),
});
