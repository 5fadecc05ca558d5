/**
 * MERGE: for every pair of target and source rows, and every row without a pair, the first clause
 * that applies. All values are computed before any row is changed.
 *
 * Source: "Data manipulation language", MERGE statement.
 */
import { physicalType } from '../../duckdb/types.ts';
import type { QueryOutcome } from '../../ports.ts';
import type { Field } from '../../types.ts';
import type { MergeClause, MergeStatement } from '../parse/statements_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import type { Env } from '../resolve/context.ts';
import { expressionEnv } from '../resolve/env.ts';
import { queryError } from '../resolve/errors.ts';
import { resolveFrom } from '../resolve/from.ts';
import { condition } from '../resolve/operators.ts';
import { stored } from '../resolve/output.ts';
import { checkPartitionFilters } from '../resolve/partitions.ts';
import { notePartitions } from '../resolve/pruning.ts';
import { checkAliases, type Relation } from '../resolve/relation.ts';
import { columnValue, FromScope } from '../resolve/scope.ts';
import { type Refs, type Typed, union } from '../resolve/typed.ts';
import { assignments, dmlPlan, execute, refuseRepeated, rowId, targetRelation } from './dml.ts';
import type { Plan, Runner } from './runner.ts';
import {
  assigned,
  columnText,
  namedColumns,
  resolveTarget,
  type Target,
  valueFor,
} from './targets.ts';

/** What a clause does: on which pairs, and the values of the columns that it writes. */
interface Clause {
  readonly when: string;
  readonly on: MergeClause['when'];
  readonly kind: MergeClause['action']['kind'];
  readonly values: ReadonlyMap<string, string>;
  readonly refs: Refs;
  /** What its own condition reads. */
  readonly filter: Refs;
}

export async function planMerge(runner: Runner, statement: MergeStatement): Promise<Plan> {
  const { resolver, context } = runner;
  const target = resolveTarget(runner, statement.target);
  const rows = targetRelation(runner, target, statement.alias?.text, statement.at);
  const outer = topLevel(context);
  const source = resolveFrom(resolver, statement.source, outer, undefined);
  const ranges = [...rows.ranges, ...source.ranges];
  checkAliases(ranges, statement.at);
  const envOf = (columns: Relation['columns'], names: Relation['ranges']) =>
    expressionEnv(outer, new FromScope(columns, names, undefined), 'MERGE');
  const both = envOf([...rows.columns, ...source.columns], ranges);
  const envs: Record<MergeClause['when'], Env> = {
    MATCHED: both,
    'NOT MATCHED BY TARGET': envOf(source.columns, source.ranges),
    'NOT MATCHED BY SOURCE': envOf(rows.columns, rows.ranges),
  };
  const on = condition(resolver.expression(statement.on, both), 'MERGE ON clause');
  const found = `${resolver.unique('m')}.found`;
  const id = rowId(rows);
  const clauses = statement.clauses.map((clause) =>
    resolveClause(runner, { target, source, id, found }, clause, envs[clause.when]),
  );
  checkFilters(runner, statement, { rows, source }, on, clauses);
  notePartitions(resolver, source, undefined, both);
  noteTarget(runner, statement, rows, envs);
  const joined = joinText(rows, source, found, on, clauses);
  const pairs = pairsText(target, rows, id, joined, clauses);
  const reads = union(on.refs, source.always, ...clauses.map((clause) => clause.refs));
  return dmlPlan(runner, 'MERGE', target, reads, () => applyMerge(runner, target, pairs, clauses));
}

/** Filters are the merge condition and those of the clauses: "Pruning partitions when using a MERGE statement". */
function checkFilters(
  { resolver }: Runner,
  { clauses: given, at }: MergeStatement,
  { rows, source }: { readonly rows: Relation; readonly source: Relation },
  on: Typed,
  clauses: readonly Clause[],
): void {
  const filters = { refs: union(on.refs, ...clauses.map(({ filter }) => filter)) };
  // Where nothing matches and rows are only added, the target is not read.
  const isRead = on.refs.size > 0 || given.some(({ when }) => when !== 'NOT MATCHED BY TARGET');
  const columns = [...(isRead ? rows.columns : []), ...source.columns];
  checkPartitionFilters(resolver, { columns }, filters, at);
}

/** The target is read where rows match, and by each clause on rows that don't, as far as its own condition goes. */
function noteTarget(
  { resolver }: Runner,
  { on, clauses }: MergeStatement,
  rows: Relation,
  envs: Readonly<Record<MergeClause['when'], Env>>,
): void {
  const bySource = clauses.filter(({ when }) => when === 'NOT MATCHED BY SOURCE');
  const never = on.kind === 'literal' && on.type === 'BOOL' && on.value === 'FALSE';
  if (!never) notePartitions(resolver, rows, on, envs.MATCHED);
  for (const { condition } of bySource) {
    notePartitions(resolver, rows, condition, envs['NOT MATCHED BY SOURCE']);
  }
}

interface Sides {
  readonly target: Target;
  readonly source: Relation;
  /** DuckDB text that is NULL where a pair has no target row, and no source row. */
  readonly id: string;
  readonly found: string;
}

function resolveClause(runner: Runner, sides: Sides, clause: MergeClause, env: Env): Clause {
  const { id, found, target } = sides;
  const { action } = clause;
  const extra =
    clause.condition &&
    condition(runner.resolver.expression(clause.condition, env), 'MERGE condition');
  const side = {
    MATCHED: `${id} IS NOT NULL AND ${found}`,
    'NOT MATCHED BY TARGET': `${id} IS NULL`,
    'NOT MATCHED BY SOURCE': `${found} IS NULL`,
  }[clause.when];
  const written =
    action.kind === 'update'
      ? assignments(runner, target, action.assignments, env)
      : action.kind === 'insert'
        ? insertedValues(runner, sides, clause, action, env)
        : [];
  return {
    when: extra ? `${side} AND ${extra.sql}` : side,
    on: clause.when,
    kind: action.kind,
    values: new Map(written.map(({ field, sql }) => [field.name, sql])),
    refs: union(extra?.refs ?? new Set(), ...written.map(({ value }) => value.refs)),
    filter: extra?.refs ?? new Set(),
  };
}

function insertedValues(
  runner: Runner,
  { target, source }: Sides,
  clause: MergeClause,
  action: Extract<MergeClause['action'], { kind: 'insert' }>,
  env: Env,
): readonly { field: Field; value: Typed; sql: string }[] {
  const columns = namedColumns(target, action.columns);
  const given = action.values;
  const count = given?.length ?? source.columns.length;
  if (count !== columns.length) {
    throw queryError(
      `Inserted row has wrong column count; Has ${count}, expected ${columns.length}`,
      clause.at,
    );
  }
  return columns.map((field, i) => {
    const value = given
      ? valueFor(runner, given[i]!, field, env)
      : columnValue(source.columns[i]!, clause.at);
    return { field, value, sql: assigned(value, field) };
  });
}

/** Only the rows without a pair that some clause is about are kept. */
function joinText(
  rows: Relation,
  source: Relation,
  found: string,
  on: Typed,
  clauses: readonly Clause[],
): string {
  const marked = `(${source.sql} CROSS JOIN (SELECT TRUE AS found) AS ${found.split('.')[0]})`;
  const left = clauses.some((clause) => clause.on === 'NOT MATCHED BY SOURCE');
  const right = clauses.some((clause) => clause.on === 'NOT MATCHED BY TARGET');
  const join = left && right ? 'FULL JOIN' : left ? 'LEFT JOIN' : right ? 'RIGHT JOIN' : 'JOIN';
  return `${rows.sql} ${join} ${marked} ON ${on.sql}`;
}

/** For every pair that a clause applies to: the target's row, the clause, the values to write. */
function pairsText(
  target: Target,
  rows: Relation,
  id: string,
  joined: string,
  clauses: readonly Clause[],
): string {
  const choose = (result: (clause: Clause, index: number) => string): string =>
    `(CASE ${clauses.map((clause, i) => `WHEN ${clause.when} THEN ${result(clause, i)}`).join(' ')} END)`;
  const values = target.entry.fields.map((field, i) => {
    const kept = rows.columns[i]!.sql;
    const missing = stored(`CAST(NULL AS ${physicalType(field.type)})`, field);
    const value = choose(
      (clause) => clause.values.get(field.name) ?? (clause.kind === 'insert' ? missing : kept),
    );
    return `${value} AS v${i + 1}`;
  });
  const action = choose((_, i) => String(i));
  return `SELECT * FROM (SELECT ${id} AS id, ${action} AS action, ${values.join(', ')} FROM ${joined}) WHERE action IS NOT NULL`;
}

async function applyMerge(
  runner: Runner,
  target: Target,
  pairs: string,
  clauses: readonly Clause[],
): Promise<Omit<NonNullable<QueryOutcome['dml']>, 'target'>> {
  const { session } = runner;
  const table = 'merge_rows';
  await execute(runner, `CREATE TEMP TABLE ${table} AS ${pairs}`);
  await refuseRepeated(
    runner,
    table,
    'UPDATE/MERGE must match at most one source row for each target row',
  );
  const { fields } = target.entry;
  const those = (kind: Clause['kind']): string => {
    const indexes = clauses.flatMap((clause, i) => (clause.kind === kind ? [i] : []));
    return `action IN (${indexes.length > 0 ? indexes.join(', ') : '-1'})`;
  };
  const written = fields.flatMap((field, i) => {
    const isWritten = clauses.some(
      (clause) => clause.kind === 'update' && clause.values.has(field.name),
    );
    return isWritten ? [`${columnText(field)} = ${table}.v${i + 1}`] : [];
  });
  const updated =
    written.length === 0
      ? 0
      : await session.run(
          `UPDATE ${target.physical} AS target SET ${written.join(', ')} FROM ${table} WHERE target.rowid = ${table}.id AND ${those('update')}`,
        );
  const deleted = await session.run(
    `DELETE FROM ${target.physical} WHERE rowid IN (SELECT id FROM ${table} WHERE ${those('delete')})`,
  );
  const inserted = await session.run(
    `INSERT INTO ${target.physical} SELECT ${fields.map((_, i) => `v${i + 1}`).join(', ')} FROM ${table} WHERE ${those('insert')}`,
  );
  await session.run(`DROP TABLE ${table}`);
  return { inserted, updated, deleted };
}
