/** SELECT: its clauses in the order in which they are evaluated. */
import { unsupported } from '../../../errors.ts';
import type { BqType } from '../../types.ts';
import type { OrderItem, WindowSpec } from '../parse/ast.ts';
import type { Select } from '../parse/query_ast.ts';
import { structText } from './casting.ts';
import type { Env, OutputColumn, QueryEnv, ResolvedQuery, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { resolveFrom } from './from.ts';
import { Groups, isAggregated } from './grouping.ts';
import { condition } from './operators.ts';
import { type Ordering, resolveOrder } from './ordering.ts';
import { checkPartitionFilters } from './partitions.ts';
import { notePartitions } from './pruning.ts';
import type { Relation } from './relation.ts';
import { AliasScope, FromScope } from './scope.ts';
import { aliasTargets, type Output, resolveItems } from './select_list.ts';
import { isGroupable } from './type_rules.ts';
import { composed, isWrittenOut, NO_REFS, type Refs, type Typed, union } from './typed.ts';

/** The parts of a SELECT once everything in it is resolved. */
interface Resolved {
  readonly outputs: readonly Output[];
  readonly qualify: Typed | undefined;
  readonly ordering: Ordering;
  /** FROM and WHERE, or the grouped rows and HAVING. */
  readonly source: string;
  readonly always: Refs;
}

/** @param orderBy of the query whose body this is: its keys may read what SELECT does not give. */
export function resolveSelect(
  r: Resolver,
  select: Select,
  env: QueryEnv,
  orderBy: readonly OrderItem[],
): Omit<ResolvedQuery, 'prefix' | 'limit'> {
  const relation = select.from && resolveFrom(r, select.from, env, env.outer);
  const from = new FromScope(relation?.columns ?? [], relation?.ranges ?? [], env.outer);
  const base: Env = {
    ...env,
    scope: from,
    clause: 'SELECT list',
    aggregates: undefined,
    windows: undefined,
  };
  const where = resolveWhere(r, select, base);
  if (relation) {
    checkPartitionFilters(r, relation, where, select.at);
    notePartitions(r, relation, select.where, { ...base, clause: 'WHERE clause' });
  }
  const source = sourceText(relation, where);
  const always = union(relation?.always ?? NO_REFS, where?.refs ?? NO_REFS);
  const grouped = isGrouped(select, orderBy);
  const resolved = grouped
    ? resolveGrouped(r, select, from, base, source, orderBy)
    : resolvePlain(r, select, from, base, source, orderBy);
  return assemble(select, { ...resolved, always: union(always, resolved.always) });
}

function isGrouped(select: Select, orderBy: readonly OrderItem[]): boolean {
  if (select.groupBy || select.having) return true;
  const exprs = select.items.map((item) => (item.kind === 'expr' ? item.expr : undefined));
  return [...exprs, select.qualify, ...orderBy.map((item) => item.expr)].some(isAggregated);
}

function resolveWhere(r: Resolver, select: Select, env: Env): Typed | undefined {
  if (!select.where) return undefined;
  if (!select.from)
    throw queryError('Query without FROM clause cannot have a WHERE clause', select.where.at);
  const clause = 'WHERE clause';
  return condition(r.expression(select.where, { ...env, clause }), clause);
}

const sourceText = (relation: Relation | undefined, where: Typed | undefined): string =>
  (relation ? ` FROM ${relation.sql}` : '') + (where ? ` WHERE ${where.sql}` : '');

const windowsOf = (select: Select): ReadonlyMap<string, WindowSpec> =>
  new Map(select.windows.map(({ name, window }) => [name.text.toLowerCase(), window]));

function resolvePlain(
  r: Resolver,
  select: Select,
  from: FromScope,
  base: Env,
  source: string,
  orderBy: readonly OrderItem[],
): Resolved {
  const env: Env = { ...base, windows: windowsOf(select) };
  const outputs = resolveItems(r, select.items, from, env);
  const envOf = (clause: string): Env => ({ ...env, clause });
  const { qualify, ordering } = afterSelect(r, select, envOf, outputs, orderBy);
  return { outputs, qualify, ordering, source, always: NO_REFS };
}

function resolveGrouped(
  r: Resolver,
  select: Select,
  from: FromScope,
  base: Env,
  source: string,
  orderBy: readonly OrderItem[],
): Resolved {
  if (!select.from) {
    throw queryError('SELECT without FROM clause cannot use aggregation', select.at);
  }
  const inner: Env = { ...base, clause: 'an aggregate function or a key of GROUP BY' };
  const groups = new Groups(r, inner);
  groups.group(select.groupBy, select, from);
  const envOf = (clause: string): Env => ({
    ...base,
    scope: groups.scope(from, clause),
    clause,
    aggregates: groups,
    windows: windowsOf(select),
  });
  const outputs = resolveItems(r, select.items, from, envOf('SELECT list'));
  const having = resolveHaving(r, select, envOf('HAVING clause'), outputs);
  const { qualify, ordering } = afterSelect(r, select, envOf, outputs, orderBy);
  const filter = having ? ` WHERE ${having.sql}` : '';
  const rows = ` FROM ${groups.text(source)}${filter}`;
  return {
    outputs,
    qualify,
    ordering,
    source: rows,
    always: union(groups.reads, having?.refs ?? NO_REFS),
  };
}

function resolveHaving(r: Resolver, select: Select, env: Env, outputs: readonly Output[]) {
  if (!select.having) return undefined;
  const inner = { ...withAliases(outputs, env), windows: undefined };
  return condition(r.expression(select.having, inner), env.clause);
}

/** Names of the SELECT list before those of FROM. */
const withAliases = (outputs: readonly Output[], env: Env): Env => ({
  ...env,
  scope: new AliasScope(aliasTargets(outputs), env.scope),
});

/** @param envOf what a clause sees below the names of the SELECT list. */
function afterSelect(
  r: Resolver,
  select: Select,
  envOf: (clause: string) => Env,
  outputs: readonly Output[],
  orderBy: readonly OrderItem[],
): Pick<Resolved, 'qualify' | 'ordering'> {
  const clause = 'QUALIFY clause';
  const qualify =
    select.qualify &&
    condition(r.expression(select.qualify, withAliases(outputs, envOf(clause))), clause);
  if (qualify && !qualify.windowed && !outputs.some((output) => output.expr.windowed)) {
    throw queryError(
      'The QUALIFY clause requires analytic function to be present',
      select.qualify!.at,
    );
  }
  const orderEnv = withAliases(outputs, envOf('ORDER BY clause'));
  return { qualify, ordering: resolveOrder(r, orderBy, outputs, orderEnv, !select.distinct) };
}

function assemble(select: Select, resolved: Resolved): Omit<ResolvedQuery, 'prefix' | 'limit'> {
  const { ordering, qualify, source } = resolved;
  const given = select.as ? asValue(select, resolved.outputs) : resolved.outputs;
  if (select.distinct) checkDistinct(given);
  const columns = given.map(outputColumn);
  if (select.as && ordering.hidden.length < ordering.keys.length && ordering.keys.length > 0) {
    return valueInOrder(select, resolved, columns);
  }
  const list = [
    ...given.map(({ expr }, i) => `${expr.sql} AS c${i + 1}`),
    ...ordering.hidden.map(({ sql, alias }) => `${sql} AS ${alias}`),
  ];
  const distinct = select.distinct ? 'DISTINCT ' : '';
  const filter = qualify ? ` QUALIFY ${qualify.sql}` : '';
  const core = `SELECT ${distinct}${list.join(', ')}${source}${filter}`;
  return {
    columns,
    value: select.as !== undefined,
    core,
    order: ordering.keys,
    always: readAlways(resolved),
  };
}

/** A SELECT AS STRUCT that sorts by its own fields: they are columns first, and a struct then. */
function valueInOrder(
  select: Select,
  resolved: Resolved,
  columns: readonly OutputColumn[],
): Omit<ResolvedQuery, 'prefix' | 'limit'> {
  if (select.distinct) throw unsupported('SELECT DISTINCT AS STRUCT with ORDER BY');
  const { ordering, outputs, qualify, source } = resolved;
  const fields = outputs.map(({ expr }, i) => `${expr.sql} AS c${i + 1}`);
  const hidden = ordering.hidden.map(({ sql, alias }) => `${sql} AS ${alias}`);
  const filter = qualify ? ` QUALIFY ${qualify.sql}` : '';
  const inner = `SELECT ${[...fields, ...hidden].join(', ')}${source}${filter}`;
  const type = columns[0]!.type as Extract<BqType, { kind: 'STRUCT' }>;
  const names = outputs.map((_, i) => `c${i + 1}`);
  const value = select.as === 'STRUCT' ? structText(type.fields, names) : 'c1';
  const core = `SELECT ${value} AS v, * FROM (${inner})`;
  const column = { ...columns[0]!, alias: 'v' };
  return {
    columns: [column],
    value: true,
    core,
    order: ordering.keys,
    always: readAlways(resolved),
  };
}

function readAlways(resolved: Resolved): Refs {
  const { always, qualify, ordering } = resolved;
  return union(always, qualify?.refs ?? NO_REFS, ...ordering.exprs.map((expr) => expr.refs));
}

function outputColumn({ name, expr }: Output, index: number): OutputColumn {
  const column = { name, type: expr.type, alias: `c${index + 1}`, refs: expr.refs };
  return isWrittenOut(expr) ? { ...column, literal: expr } : column;
}

function asValue(select: Select, outputs: readonly Output[]): readonly Output[] {
  if (select.as === 'VALUE') {
    if (outputs.length === 1) return [{ name: '', expr: outputs[0]!.expr }];
    throw queryError('SELECT AS VALUE query must have exactly one column', select.at);
  }
  const fields = outputs.map(({ name, expr }) => ({ name, type: expr.type }));
  const text = structText(
    fields,
    outputs.map(({ expr }) => expr.sql),
  );
  const expr = composed(
    { kind: 'STRUCT', fields },
    text,
    select.at,
    outputs.map((output) => output.expr),
  );
  return [{ name: '', expr }];
}

function checkDistinct(outputs: readonly Output[]): void {
  for (const { name, expr } of outputs) {
    if (isGroupable(expr.type)) continue;
    throw queryError(
      `Column ${name || 'of the SELECT list'} of type ${expr.type.kind} cannot be used in SELECT DISTINCT`,
      expr.at,
    );
  }
}
