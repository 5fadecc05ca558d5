/** INSERT, UPDATE, DELETE and TRUNCATE. */
import type { QueryOutcome } from '../../ports.ts';
import type { Field } from '../../types.ts';
import type { Expr } from '../parse/ast.ts';
import type {
  Assignment,
  DeleteStatement,
  InsertStatement,
  TruncateStatement,
  UpdateStatement,
} from '../parse/statements_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import type { Env, ResolvedQuery } from '../resolve/context.ts';
import { expressionEnv } from '../resolve/env.ts';
import { queryError } from '../resolve/errors.ts';
import { resolveFrom } from '../resolve/from.ts';
import { condition } from '../resolve/operators.ts';
import { checkPartitionFilters } from '../resolve/partitions.ts';
import { notePartitions } from '../resolve/pruning.ts';
import type { Relation } from '../resolve/relation.ts';
import { checkAliases } from '../resolve/relation.ts';
import { FromScope } from '../resolve/scope.ts';
import { finished } from '../resolve/subqueries.ts';
import { tableRelation } from '../resolve/tables.ts';
import { type Refs, type Typed, union } from '../resolve/typed.ts';
import { bytesProcessed } from './bytes.ts';
import { prepare, readBy, referencedTables } from './query.ts';
import type { Plan, Runner } from './runner.ts';
import {
  assigned,
  columnText,
  namedColumns,
  resolveTarget,
  type Target,
  topLevelColumn,
  valueFor,
} from './targets.ts';

const NONE = { inserted: 0, updated: 0, deleted: 0 };

/**
 * A plan that changes rows of a target. Rows are added at any time; what changes or deletes rows
 * waits for its turn, since DuckDB lets only one of two such statements commit.
 */
export async function dmlPlan(
  runner: Runner,
  statementType: string,
  target: Target,
  reads: Refs,
  change: () => Promise<Omit<NonNullable<QueryOutcome['dml']>, 'target'>>,
): Promise<Plan> {
  const { session, resolver, turns } = runner;
  return {
    analysis: {
      statementType,
      referencedTables: referencedTables(runner),
      bytesProcessed: await bytesProcessed(session, reads, resolver),
    },
    async run() {
      await prepare(runner);
      const work = () => session.transaction(change);
      const dml = await (statementType === 'INSERT' ? work() : turns.take(target.physical, work));
      return { dml: { ...dml, target: target.ref } };
    },
  };
}

/** Runs a statement with the parameters that it mentions. */
export const execute = ({ session, resolver }: Runner, sql: string): Promise<number> =>
  session.run(sql, resolver.parameters.bindings(sql));

// --- INSERT --------------------------------------------------------------------------------------

export async function planInsert(runner: Runner, statement: InsertStatement): Promise<Plan> {
  const target = resolveTarget(runner, statement.target);
  const columns = namedColumns(target, statement.columns);
  const { sql, reads } = insertedRows(runner, statement, columns);
  const list = columns.map(columnText).join(', ');
  return dmlPlan(runner, 'INSERT', target, reads, async () => ({
    ...NONE,
    inserted: await execute(runner, `INSERT INTO ${target.physical} (${list}) ${sql}`),
  }));
}

function insertedRows(
  runner: Runner,
  { source, at }: InsertStatement,
  columns: readonly Field[],
): { sql: string; reads: Refs } {
  const mismatch = (count: number) =>
    queryError(`Inserted row has wrong column count; Has ${count}, expected ${columns.length}`, at);
  if (source.kind === 'query') {
    const query = runner.resolver.query(source.query, topLevel(runner.context));
    if (query.columns.length !== columns.length) throw mismatch(query.columns.length);
    return { sql: queryRows(query, columns, at), reads: readBy(query) };
  }
  const env = expressionEnv(topLevel(runner.context), undefined, 'VALUES');
  let reads: Refs = new Set();
  const rows = source.rows.map((row) => {
    if (row.length !== columns.length) throw mismatch(row.length);
    const values = row.map((node, i) => {
      const value = valueFor(runner, node, columns[i]!, env);
      reads = union(reads, value.refs);
      return assigned(value, columns[i]!);
    });
    return `(${values.join(', ')})`;
  });
  return { sql: `VALUES ${rows.join(', ')}`, reads };
}

function queryRows(
  query: ResolvedQuery,
  columns: readonly Field[],
  at: InsertStatement['at'],
): string {
  const values = query.columns.map((column, i) => {
    const read: Typed = { type: column.type, sql: column.alias, at, refs: column.refs };
    return assigned(column.literal ? { ...column.literal, at } : read, columns[i]!);
  });
  return `SELECT ${values.join(', ')} FROM (${finished(query)})`;
}

// --- UPDATE --------------------------------------------------------------------------------------

/** New values for columns, each over the rows of `env`. */
export function assignments(
  runner: Runner,
  target: Target,
  given: readonly Assignment[],
  env: Env,
): readonly { readonly field: Field; readonly value: Typed; readonly sql: string }[] {
  const names = given.map((assignment) => topLevelColumn(assignment.target));
  const fields = namedColumns(target, names);
  return given.map(({ value }, i) => {
    const typed = valueFor(runner, value, fields[i]!, env);
    return { field: fields[i]!, value: typed, sql: assigned(typed, fields[i]!) };
  });
}

/** The target as an item of FROM, under its alias. */
export const targetRelation = (
  runner: Runner,
  target: Target,
  alias: string | undefined,
  at: UpdateStatement['at'],
): Relation => tableRelation(runner.resolver, target.entry, alias ?? target.ref.tableId, at);

/** The DuckDB row of the target's relation. */
export const rowId = (relation: Relation): string => `${relation.sql.split(' AS ').at(-1)}.rowid`;

export async function planUpdate(runner: Runner, statement: UpdateStatement): Promise<Plan> {
  const { resolver, context } = runner;
  const target = resolveTarget(runner, statement.target);
  const rows = targetRelation(runner, target, statement.alias?.text, statement.at);
  const outer = topLevel(context);
  const source = statement.from && resolveFrom(resolver, statement.from, outer, undefined);
  const ranges = [...rows.ranges, ...(source?.ranges ?? [])];
  checkAliases(ranges, statement.at);
  const columns = [...rows.columns, ...(source?.columns ?? [])];
  const env = expressionEnv(outer, new FromScope(columns, ranges, undefined), 'UPDATE');
  const changes = assignments(runner, target, statement.assignments, env);
  const where = condition(resolver.expression(statement.where, env), 'WHERE clause');
  checkPartitionFilters(resolver, { columns }, where, statement.at);
  notePartitions(resolver, { columns }, statement.where, env);
  const from = source ? `${rows.sql} CROSS JOIN ${source.sql}` : rows.sql;
  const values = changes.map(({ sql }, i) => `${sql} AS v${i + 1}`);
  const changed = `SELECT ${rowId(rows)} AS id, ${values.join(', ')} FROM ${from} WHERE ${where.sql}`;
  const reads = union(where.refs, source?.always ?? new Set(), ...changes.map((c) => c.value.refs));
  return dmlPlan(runner, 'UPDATE', target, reads, async () => ({
    ...NONE,
    updated: await applyUpdate(
      runner,
      target,
      changed,
      changes.map((c) => c.field),
    ),
  }));
}

/**
 * Writes new values, computed before any of them is written.
 * @throws {ApiError} when a row would get several.
 */
async function applyUpdate(
  runner: Runner,
  target: Target,
  changed: string,
  fields: readonly Field[],
): Promise<number> {
  const { session } = runner;
  const name = 'update_rows';
  await execute(runner, `CREATE TEMP TABLE ${name} AS ${changed}`);
  await refuseRepeated(
    runner,
    name,
    'UPDATE/MERGE must match at most one source row for each target row',
  );
  const sets = fields.map((field, i) => `${columnText(field)} = ${name}.v${i + 1}`).join(', ');
  const count = await session.run(
    `UPDATE ${target.physical} AS target SET ${sets} FROM ${name} WHERE target.rowid = ${name}.id`,
  );
  await session.run(`DROP TABLE ${name}`);
  return count;
}

/** @throws {ApiError} when a row of the target comes more than once. */
export async function refuseRepeated(
  runner: Runner,
  table: string,
  problem: string,
): Promise<void> {
  const repeated = await runner.session.rows(
    `SELECT 1 FROM ${table} WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1 LIMIT 1`,
  );
  if (repeated.length > 0) throw queryError(problem, { line: 1, column: 1, offset: 0 });
}

// --- DELETE and TRUNCATE -------------------------------------------------------------------------

export async function planDelete(runner: Runner, statement: DeleteStatement): Promise<Plan> {
  const target = resolveTarget(runner, statement.target);
  const rows = targetRelation(runner, target, statement.alias?.text, statement.at);
  const scope = new FromScope(rows.columns, rows.ranges, undefined);
  const where = conditionOf(runner, statement.where, scope);
  checkPartitionFilters(runner.resolver, rows, where, statement.at);
  const env = expressionEnv(topLevel(runner.context), scope, 'WHERE clause');
  notePartitions(runner.resolver, rows, statement.where, env);
  const ids = `SELECT ${rowId(rows)} FROM ${rows.sql} WHERE ${where.sql}`;
  return dmlPlan(runner, 'DELETE', target, where.refs, async () => ({
    ...NONE,
    deleted: await execute(runner, `DELETE FROM ${target.physical} WHERE rowid IN (${ids})`),
  }));
}

const conditionOf = (runner: Runner, node: Expr, scope: FromScope): Typed => {
  const env = expressionEnv(topLevel(runner.context), scope, 'WHERE clause');
  return condition(runner.resolver.expression(node, env), 'WHERE clause');
};

export async function planTruncate(runner: Runner, statement: TruncateStatement): Promise<Plan> {
  const target = resolveTarget(runner, statement.target);
  return dmlPlan(runner, 'TRUNCATE_TABLE', target, new Set(), async () => ({
    ...NONE,
    deleted: await execute(runner, `DELETE FROM ${target.physical}`),
  }));
}
