/**
 * Which partitions a statement reads: those that its filters by constants leave, as its dry run tells.
 *
 * Source: "Query partitioned tables", Prune partitions: a filter prunes that compares the partitioning
 * column itself with a constant expression (literals, parameters, functions of these), also in the
 * conditions of a MERGE. Other filters that BigQuery may prune by (IN, OR, expressions of the column, a filter
 * around a view or subquery) are not looked at: then all partitions count, as in an upper bound.
 */
import { physicalType } from '../../duckdb/types.ts';
import { quote } from '../../names.ts';
import type { TableEntry } from '../../ports.ts';
import type { Expr } from '../parse/ast.ts';
import type { Comparison } from './comparing.ts';
import type { Env, Resolver } from './context.ts';
import { compare } from './operators.ts';
import type { Relation } from './relation.ts';
import type { Column, Typed } from './typed.ts';

/** Notes one reading of each table behind the columns. @param filter that every row of it passes */
export function notePartitions(
  r: Resolver,
  { columns }: Pick<Relation, 'columns'>,
  filter: Expr | undefined,
  env: Env,
): void {
  const tables = new Set(columns.flatMap(({ stored }) => stored?.table ?? []));
  for (const table of tables) {
    const entry = r.tables.get(table);
    const partitions = entry && partitionsOf(entry);
    if (!partitions) continue;
    const kept = conjuncts(filter).flatMap((node) => keptBy(r, node, env, table, partitions));
    const noted = r.partitionsRead.get(table) ?? [];
    r.partitionsRead.set(table, [...noted, kept.length === 0 ? 'TRUE' : kept.join(' AND ')]);
  }
}

interface Partitions {
  readonly column: string;
  readonly unit: string;
}

/** By time; partitions of integers are not pruned here. */
function partitionsOf({ options }: TableEntry): Partitions | undefined {
  const time = options.timePartitioning as { field?: string; type?: string } | undefined;
  return time?.field === undefined
    ? undefined
    : { column: time.field, unit: (time.type ?? 'DAY').toLowerCase() };
}

/** What all must hold. Chains of AND can be long: they are walked, not nested. */
function conjuncts(filter: Expr | undefined): Expr[] {
  const found: Expr[] = [];
  const open = filter ? [filter] : [];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.kind === 'binary' && node.operator === 'AND') open.push(node.right, node.left);
    else found.push(node);
  }
  return found;
}

interface Bound {
  readonly column: Expr;
  readonly operator: keyof typeof FLIPPED;
  readonly constant: Expr;
}

/** The comparisons that a condition is: of a path, which may be a column, with something else. */
function boundsOf(node: Expr): Bound[] {
  const all: Bound[] = [];
  if (node.kind === 'between' && !node.negated) {
    all.push({ column: node.operand, operator: '>=', constant: node.low });
    all.push({ column: node.operand, operator: '<=', constant: node.high });
  }
  if (node.kind === 'binary' && node.operator in FLIPPED) {
    const operator = node.operator as keyof typeof FLIPPED;
    all.push({ column: node.left, operator, constant: node.right });
    all.push({ column: node.right, operator: FLIPPED[operator], constant: node.left });
  }
  return all.filter(
    ({ column, constant }) => column.kind === 'path' && constant.kind !== 'subquery',
  );
}

/** DuckDB texts that hold of rows whose partition may have rows that pass; none where it prunes nothing. */
function keptBy(
  r: Resolver,
  node: Expr,
  env: Env,
  table: string,
  partitions: Partitions,
): string[] {
  return boundsOf(node).flatMap(({ column, operator, constant }) => {
    const read = r.expression(column, env);
    if (!isPartitionColumn(read, table, partitions)) return [];
    return keptBeside(read, operator, r.expression(constant, env), partitions);
  });
}

const FLIPPED = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function isPartitionColumn({ refs, sql }: Typed, table: string, { column }: Partitions): boolean {
  const [only] = refs;
  const isStored = (one: Column | undefined) =>
    one?.stored?.table === table && one.stored.name.toLowerCase() === column.toLowerCase();
  return refs.size === 1 && isStored(only) && only!.sql === sql;
}

/** The first moment of a row's partition, and of the next one, held against the constant. */
function keptBeside(
  column: Typed,
  operator: keyof typeof FLIPPED,
  constant: Typed,
  { column: name, unit }: Partitions,
): string[] {
  if (constant.refs.size > 0) return [];
  const type = physicalType(column.type);
  const [start, end] = edgesOf(quote(name), type, unit);
  const held = (sql: string, by: Comparison) =>
    compare(by, { ...column, sql }, constant, column.at).sql;
  return {
    '=': [held(start, '<='), held(end, '>')],
    '<': [held(start, '<')],
    '<=': [held(start, '<=')],
    '>': [held(end, '>')],
    '>=': [held(end, '>')],
  }[operator];
}

const MICROSECONDS: Readonly<Record<string, number>> = { hour: 3_600e6, day: 86_400e6 };

/** First moments of a value's partition and of the one after it. */
function edgesOf(sql: string, type: string, unit: string): readonly [start: string, end: string] {
  const length = MICROSECONDS[unit];
  if (type !== 'TIMESTAMP WITH TIME ZONE' || length === undefined) {
    const start = `date_trunc('${unit}', ${sql})`;
    return [`CAST(${start} AS ${type})`, `CAST(${start} + INTERVAL 1 ${unit} AS ${type})`];
  }
  // In UTC all are of one length; DuckDB asks its calendars, which takes nine times as long.
  const time = `epoch_us(${sql})`;
  const start = `${time} - (${time} % ${length} + ${length}) % ${length}`;
  return [`make_timestamptz(${start})`, `make_timestamptz(${start} + ${length})`];
}
