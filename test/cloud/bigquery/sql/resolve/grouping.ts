/**
 * Groups: the keys of GROUP BY, the aggregates of a query, and what may be used after grouping.
 *
 * The rows before grouping become an inner DuckDB query that gives keys and aggregates as columns;
 * everything that is evaluated afterwards reads those columns.
 */
import { ApiError, unsupported } from '../../../errors.ts';
import { typeText } from '../../types.ts';
import { findFunction } from '../functions/catalogue.ts';
import type { Expr, Place } from '../parse/ast.ts';
import type { GroupBy, GroupSet, Select } from '../parse/query_ast.ts';
import { some } from '../parse/walk.ts';
import { implicitName } from './constructors.ts';
import type { AggregateSink, Env, Resolver } from './context.ts';
import { queryError } from './errors.ts';
import { AliasScope, type FromScope, fieldsOf, type Scope, type Target } from './scope.ts';
import { INT64, isGroupable } from './type_rules.ts';
import { type Column, NO_REFS, type Refs, type Typed, union } from './typed.ts';

/** Keys and aggregates of one grouped query. */
export class Groups implements AggregateSink {
  readonly inner: Env;
  /** The DuckDB alias of the inner query. */
  readonly alias: string;
  private readonly r: Resolver;
  private readonly keys = new Map<string, { key: Typed; column: string }>();
  private readonly aggregates = new Map<string, { value: Typed; column: string }>();
  /** DuckDB's GROUP BY list; each entry one item. */
  private readonly items: string[] = [];
  private readonly known = new WeakMap<Expr, Typed | false>();
  /** Items of the SELECT list that are keys by their number or alias. */
  private readonly named = new Set<Expr>();
  private onlyPaths = true;
  /** Some rows lack some of the keys. */
  private bySets = false;

  constructor(r: Resolver, inner: Env) {
    this.r = r;
    this.inner = inner;
    this.alias = r.unique('g');
  }

  /** Takes the keys of GROUP BY. */
  group(clause: GroupBy | undefined, select: Select, from: FromScope): void {
    if (!clause) return;
    if (clause.kind === 'all') {
      this.groupAll(select, from);
      return;
    }
    const env = this.keyEnv(select);
    const key = (expr: Expr) => this.addKey(this.resolveKey(expr, select, env)).sql;
    this.bySets = clause.items.some((item) => item.kind !== 'expr');
    for (const item of clause.items) {
      if (item.kind === 'expr') {
        const text = key(item.expr);
        if (!this.items.includes(text)) this.items.push(text);
      } else if (item.kind === 'GROUPING SETS') {
        const sets = item.items.map((set) => setText(set, key));
        this.items.push(`GROUPING SETS (${sets.join(', ')})`);
      } else {
        this.items.push(setText(item, key));
      }
    }
  }

  /** Names of the SELECT list stand before those of FROM. */
  private keyEnv(select: Select): Env {
    const targets = new Map<string, Target>();
    for (const item of select.items) {
      if (item.kind !== 'expr') continue;
      const name = (item.alias?.text ?? implicitName(item.expr)).toLowerCase();
      if (name === '' || isAggregated(item.expr)) continue;
      const before = targets.get(name);
      const at = (place: Place) => {
        this.named.add(item.expr);
        return { ...this.r.expression(item.expr, this.inner), at: place };
      };
      targets.set(name, before ? ambiguous(before, at) : { kind: 'value', at });
    }
    return { ...this.inner, scope: new AliasScope(targets, this.inner.scope), clause: 'GROUP BY' };
  }

  private resolveKey(expr: Expr, select: Select, env: Env): Typed {
    if (expr.kind === 'literal' && expr.type === 'INT64') {
      const item = itemAt(select, Number(expr.value), expr.at, 'GROUP BY');
      if (isAggregated(item)) {
        throw queryError(
          `Column ${expr.value} contains an aggregation function, which is not allowed in GROUP BY`,
          expr.at,
        );
      }
      this.named.add(item);
      return this.r.expression(item, this.inner);
    }
    if (expr.kind === 'literal') throw queryError('Cannot GROUP BY literal values', expr.at);
    return this.r.expression(expr, env);
  }

  private addKey(key: Typed): Typed {
    if (!isGroupable(key.type)) {
      throw queryError(
        `Grouping by expressions of type ${typeText(key.type)} is not allowed`,
        key.at,
      );
    }
    if (!this.keys.has(key.sql)) {
      this.keys.set(key.sql, { key, column: `k${this.keys.size + 1}` });
      if (!/^t\d+\."[^"]*"$/.test(key.sql)) this.onlyPaths = false;
    }
    return key;
  }

  /** The items that read a column of FROM and hold no aggregate. */
  private groupAll(select: Select, from: FromScope): void {
    const own = new Set<Column>(
      from.ranges.flatMap((range) => [...range.columns, ...(range.value ? [range.value] : [])]),
    );
    for (const column of from.columns) own.add(column);
    for (const item of select.items) {
      if (item.kind === 'star') {
        throw unsupported('GROUP BY ALL with * in the SELECT list');
      }
      if (isAggregated(item.expr) || isWindowed(item.expr)) continue;
      const expr = this.r.expression(item.expr, this.inner);
      if (![...expr.refs].some((column) => own.has(column))) continue;
      const text = this.addKey(expr).sql;
      if (!this.items.includes(text)) this.items.push(text);
    }
  }

  add(aggregate: Typed): Typed {
    const found = this.aggregates.get(aggregate.sql);
    const column = found?.column ?? `a${this.aggregates.size + 1}`;
    if (!found) this.aggregates.set(aggregate.sql, { value: aggregate, column });
    return { ...aggregate, sql: `${this.alias}.${column}`, total: true };
  }

  key(node: Expr): Typed | undefined {
    const mayBe = node.kind === 'path' || (!this.onlyPaths && node.kind !== 'literal');
    if (!mayBe && !this.named.has(node)) return undefined;
    let found = this.known.get(node);
    if (found === undefined) {
      found = this.findKey(node) ?? false;
      this.known.set(node, found);
    }
    return found || undefined;
  }

  private findKey(node: Expr): Typed | undefined {
    if (isAggregated(node) || isWindowed(node)) return undefined;
    const whole = this.keyOf(node);
    if (whole || node.kind !== 'path') return whole;
    // A field of a struct that is a key.
    for (let length = node.names.length - 1; length > 0; length--) {
      const prefix = this.keyOf({ ...node, names: node.names.slice(0, length) });
      if (prefix) return fieldsOf(prefix, node.names.slice(length));
    }
    return undefined;
  }

  private keyOf(node: Expr): Typed | undefined {
    try {
      const expr = this.r.expression(node, this.inner);
      return !this.named.has(node) && this.isMadeOfKeys(expr) ? undefined : this.keyColumn(expr);
    } catch (error) {
      // What it means is found out where it is used, and so is what is wrong with it.
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  }

  private keyColumn(expr: Typed): Typed | undefined {
    const found = this.keys.get(expr.sql);
    if (!found) return undefined;
    const { constant: _, ...rest } = expr;
    return { ...rest, sql: `${this.alias}.${found.column}`, total: true };
  }

  /** With keys `a` and `a + 1` of different sets, `a + 1` is read as the key `a`, and one. */
  private isMadeOfKeys(expr: Typed): boolean {
    const columns = [...expr.refs];
    if (!this.bySets || columns.length === 0 || columns[0]!.sql === expr.sql) return false;
    return columns.every((column) => this.keys.has(column.sql));
  }

  grouping(node: Expr): Typed {
    const key = this.r.expression(node, this.inner);
    if (!this.keys.has(key.sql)) {
      throw queryError('GROUPING must have an argument that is a key of GROUP BY', node.at);
    }
    const sql = `CAST(grouping(${key.sql}) AS BIGINT)`;
    return this.add({ type: INT64, sql, at: node.at, refs: NO_REFS, aggregated: true });
  }

  /** FROM's names after grouping: only keys pass. */
  scope(from: FromScope, clause: string): Scope {
    return {
      parent: from.parent,
      find: (name) => from.find(name),
      names: () => from.names(),
      admit: (value, name) => {
        const key = this.keyColumn(value);
        if (key) return key;
        throw queryError(
          `${clause} expression references column ${name} which is neither grouped nor aggregated`,
          value.at,
        );
      },
    };
  }

  /** Columns that grouping and aggregates read. */
  get reads(): Refs {
    const keys = [...this.keys.values()].map(({ key }) => key.refs);
    const values = [...this.aggregates.values()].map(({ value }) => value.refs);
    return union(...keys, ...values);
  }

  /** The inner query in FROM. */
  text(source: string): string {
    const keys = [...this.keys.values()].map(({ key, column }) => `${key.sql} AS ${column}`);
    const values = [...this.aggregates.values()].map(
      ({ value, column }) => `${value.sql} AS ${column}`,
    );
    const columns = [...keys, ...values];
    const list = columns.length > 0 ? columns.join(', ') : 'count(*) AS a0';
    const groupBy = this.items.length > 0 ? ` GROUP BY ${this.items.join(', ')}` : '';
    return `(SELECT ${list}${source}${groupBy}) AS ${this.alias}`;
  }
}

function setText(set: GroupSet, key: (expr: Expr) => string): string {
  if (set.kind === 'set') return `(${set.exprs.map(key).join(', ')})`;
  const columns = set.sets.map((exprs) =>
    exprs.length === 1 ? key(exprs[0]!) : `(${exprs.map(key).join(', ')})`,
  );
  return `${set.kind} (${columns.join(', ')})`;
}

/** Two items of one name are one thing if they read the same. */
const ambiguous = (before: Target, at: (place: Place) => Typed): Target => ({
  kind: 'value',
  at: (place) => {
    const first = before.kind === 'value' ? before.at(place) : undefined;
    const second = at(place);
    if (first?.sql === second.sql) return second;
    throw queryError('Name is ambiguous: several columns of the SELECT list have it', place);
  },
});

/** The expression that an ordinal means. */
export function itemAt(select: Select, ordinal: number, at: Place, clause: string): Expr {
  const item = select.items[ordinal - 1];
  if (item?.kind === 'expr') return item.expr;
  if (item || select.items.some((other) => other.kind === 'star')) {
    throw unsupported(`${clause} by ordinal with * in the SELECT list`);
  }
  throw queryError(`${clause} is out of SELECT column number range: ${ordinal}`, at);
}

/** Whether an aggregate of the query's groups stands in an expression. */
export const isAggregated = (expr: Expr | undefined): boolean =>
  some(expr, (node) => node.kind === 'call' && !node.over && isAggregateName(nameOf(node)));

const isAggregateName = (name: string): boolean =>
  name === 'GROUPING' || findFunction(name)?.kind === 'aggregate';

export const isWindowed = (expr: Expr | undefined): boolean =>
  some(expr, (node) => node.kind === 'call' && node.over !== undefined);

const nameOf = (node: Extract<Expr, { kind: 'call' }>): string =>
  node.name
    .map((name) => name.text)
    .join('.')
    .toUpperCase();
