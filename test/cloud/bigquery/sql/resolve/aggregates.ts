/** Calls of aggregate functions, with DISTINCT, NULLS, HAVING, ORDER BY and LIMIT. */
import { unsupported } from '../../../errors.ts';
import { type AggregateDefinition, extremeBy } from '../functions/aggregates.ts';
import type { CallNode, OrderItem } from '../parse/ast.ts';
import { chooseFor } from './arguments.ts';
import { coerce } from './coercion.ts';
import { orderKeys } from './comparing.ts';
import type { Env, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { fillOnce } from './template.ts';
import { INT64, isGroupable, isOrderable } from './type_rules.ts';
import { composed, isFixed, isNull, type Typed } from './typed.ts';

/** What else the DuckDB call of an aggregate holds. */
export interface AggregateClauses {
  readonly distinct: boolean;
  /** `x ASC NULLS FIRST`, … */
  readonly order: readonly string[];
  /** Conditions on the rows taken. */
  readonly filter: readonly string[];
  /** Only rows where the first argument is something. */
  readonly ignoreNulls: boolean;
  /** ` OVER (…)` or ''. */
  readonly over: string;
  readonly limit: string | undefined;
}

/** An aggregate of the query's groups; the result is the column that will hold it. */
export function resolveAggregate(
  r: Resolver,
  node: CallNode,
  name: string,
  definition: AggregateDefinition,
  env: Env,
): Typed {
  if (!env.aggregates) {
    throw queryError(`Aggregate function ${name} not allowed in ${env.clause}`, node.at);
  }
  const inner = env.aggregates.inner;
  return env.aggregates.add(aggregateText(r, node, name, definition, inner, ''));
}

/** The DuckDB text of an aggregate, over groups or over a window. */
export function aggregateText(
  r: Resolver,
  node: CallNode,
  name: string,
  definition: AggregateDefinition,
  env: Env,
  over: string,
  filter: readonly string[] = [],
): Typed {
  refuseClauses(node, name, definition);
  if (node.star) {
    if (name !== 'COUNT')
      throw queryError(`Argument * can only be used in COUNT(*), but was used in ${name}`, node.at);
    // Where a frame ends before it starts DuckDB counts less than nothing.
    const count = over === '' ? 'count(*)$F' : 'greatest(count(*)$F$W, 0)';
    const text = withClauses(count, [], { ...NO_CLAUSES, over, filter });
    return { ...composed(INT64, text, node.at, []), aggregated: true };
  }
  const match = chooseFor(r, node, `aggregate function ${name}`, definition.overloads, env);
  checkArguments(node, name, match.args);
  const order = node.orderBy.map((item) => orderItem(r, item, env, node.distinct));
  const having = node.having && r.expression(node.having.expr, env);
  const [, text] = match.overload;
  const given =
    typeof text === 'string' ? text : text({ ...match, now: r.context.now, at: node.at });
  const values = having ? [...match.args, having] : match.args;
  const template = node.having ? havingTemplate(node, values) : given;
  const sql = withClauses(template, values, {
    distinct: node.distinct,
    order: order.flatMap(({ keys }) => keys),
    filter,
    ignoreNulls: node.nulls === 'IGNORE',
    over,
    limit: node.limit && limitText(r, node, env),
  });
  const parts = [...values, ...order.map(({ expr }) => expr)];
  return { ...composed(match.result, sql, node.at, parts), aggregated: true };
}

const NO_CLAUSES: AggregateClauses = {
  distinct: false,
  order: [],
  filter: [],
  ignoreNulls: false,
  over: '',
  limit: undefined,
};

function refuseClauses(node: CallNode, name: string, definition: AggregateDefinition): void {
  if (node.safe) throw queryError(`Function ${name} does not support SAFE error mode`, node.at);
  const given = [
    [node.distinct, 'DISTINCT', 'DISTINCT'],
    [node.nulls, 'NULLS', 'IGNORE NULLS or RESPECT NULLS'],
    [node.orderBy.length > 0, 'ORDER', 'ORDER BY'],
    [node.limit, 'LIMIT', 'LIMIT'],
    [node.having, 'HAVING', 'HAVING MAX or HAVING MIN'],
  ] as const;
  for (const [present, clause, words] of given) {
    if (!present || definition.takes.has(clause)) continue;
    if (clause === 'HAVING') throw unsupported(`${name} with HAVING MAX or HAVING MIN`);
    if (node.star) throw queryError(`COUNT(*) cannot have ${words}`, node.at);
    throw queryError(
      `${words} in arguments is not supported for aggregate function ${name}`,
      node.at,
    );
  }
  if (node.nulls === 'RESPECT' && name !== 'ARRAY_AGG')
    throw unsupported(`${name} with RESPECT NULLS`);
}

function checkArguments(node: CallNode, name: string, args: readonly Typed[]): void {
  const [first, second] = args;
  if (!first) return;
  if (name === 'STRING_AGG' && second) checkDelimiter(second);
  if (node.distinct && !isGroupable(first.type)) {
    throw queryError(
      `Aggregate functions with DISTINCT cannot be used with arguments of type ${first.type.kind}`,
      first.at,
    );
  }
  const compared =
    name === 'MAX' || name === 'MIN' ? first : /_BY$/.test(name) ? second : undefined;
  if (compared && !isOrderable(compared.type)) {
    throw queryError(
      `${name} is not defined for arguments of type ${compared.type.kind}`,
      compared.at,
    );
  }
}

function checkDelimiter(delimiter: Typed): void {
  const what = 'Argument 2 to STRING_AGG must be';
  if (!isFixed(delimiter)) {
    throw queryError(`${what} a literal or query parameter`, delimiter.at);
  }
  if (isNull(delimiter)) {
    throw queryError(`${what} non-NULL`, delimiter.at);
  }
}

function orderItem(r: Resolver, item: OrderItem, env: Env, distinct: boolean) {
  const expr = r.expression(item.expr, env);
  if (!isOrderable(expr.type)) {
    throw queryError(`ORDER BY does not support expressions of type ${expr.type.kind}`, item.at);
  }
  const keys = orderKeys(expr.sql, expr.type, item);
  // With DISTINCT DuckDB sorts by the argument itself and nothing else.
  return { expr, keys: distinct ? keys.slice(-1) : keys };
}

function limitText(r: Resolver, node: CallNode, env: Env): string {
  const limit = coerce(r.expression(node.limit!, env), INT64);
  if (!limit?.constant)
    throw queryError('LIMIT expects an integer literal or parameter', node.limit!.at);
  return limit.sql;
}

/** ANY_VALUE of the rows where another expression is greatest or least. */
const havingTemplate = (node: CallNode, args: readonly Typed[]): string =>
  extremeBy(node.having!.extreme === 'MAX' ? 'arg_max_null' : 'arg_min_null')({ args });

/** Fills a template whose clauses, like its arguments, may hold any text. */
function withClauses(
  template: string,
  values: readonly Typed[],
  { distinct, order, filter, ignoreNulls, over, limit }: AggregateClauses,
): string {
  const texts = values.map((value) => value.sql);
  const put = (text: string): string => {
    texts.push(text);
    return `$${texts.length}`;
  };
  const given = [...filter.map(put), ...(ignoreNulls ? ['$1 IS NOT NULL'] : [])];
  const where = (more: readonly string[]): string => {
    const conditions = [...given, ...more];
    return conditions.length === 0 ? '' : ` FILTER (WHERE ${conditions.join(' AND ')})`;
  };
  const orderBy = order.length === 0 ? '' : ` ORDER BY ${order.map(put).join(', ')}`;
  const window = over === '' ? '' : put(over);
  const whole = limited(template, limit === undefined ? undefined : put(limit))
    .replace(/\$F\{([^}]*)\}/g, (_, condition: string) => where([condition]))
    .replace(/\$F/g, () => where([]))
    .replace(/\$D/g, distinct ? 'DISTINCT ' : '')
    .replace(/\$O/g, () => orderBy)
    .replace(/\$W/g, () => window);
  return fillOnce(whole, texts);
}

/** `$L{x}`: a list or a joined text of at most so many items. */
function limited(template: string, limit: string | undefined): string {
  return template.replace(/\$L\{(.*)\}/, (_, list: string) => {
    if (limit === undefined) return list;
    const joined = /^string_agg\(\$D\$1, (.*?)\$O\)(.*)$/.exec(list);
    if (!joined) return `list_slice(${list}, 1, ${limit})`;
    const [, delimiter, rest] = joined;
    return `array_to_string(list_slice(list($D$1$O)${rest}, 1, ${limit}), ${delimiter})`;
  });
}
