/** CREATE TABLE: with columns, from a query, or like another table. */
import { unsupported } from '../../../errors.ts';
import { stagingName } from '../../catalog/catalog.ts';
import { physicalSchema, physicalTable, quote, resultsDataset } from '../../names.ts';
import type { TableEntry } from '../../ports.ts';
import { type Field, typeText } from '../../types.ts';
import type { TablePath } from '../parse/query_ast.ts';
import type { CreateTableStatement } from '../parse/statements_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import { coerce } from '../resolve/coercion.ts';
import { queryError } from '../resolve/errors.ts';
import { outputText, stored } from '../resolve/output.ts';
import { existingTable } from '../resolve/tables.ts';
import { NO_REFS, type Refs } from '../resolve/typed.ts';
import { checkNames, fieldOf } from './columns.ts';
import { creationOf, ddlPlan, ifExists, refOf, withoutNulls } from './ddl.ts';
import {
  clustering,
  optionProperties,
  partitioning,
  readOptions,
  TABLE_OPTIONS,
} from './options.ts';
import { prepare, readBy } from './query.ts';
import type { Plan, Runner } from './runner.ts';

export async function planCreateTable(
  runner: Runner,
  statement: CreateTableStatement,
): Promise<Plan> {
  const { catalog } = runner;
  const ref = refOf(runner, statement.target);
  const ddl = creationOf(runner, ref, statement);
  const { fields, rows, reads, options: inherited } = tableContents(runner, statement);
  checkNames(fields);
  const given = readOptions(runner, statement.options, TABLE_OPTIONS);
  const options = {
    ...inherited,
    ...partitioning(runner, statement.partitionBy, fields, given),
    ...clustering(statement.clusterBy, fields),
    ...withoutNulls(optionProperties(given)),
  };
  const entry: TableEntry = { ref, kind: 'TABLE', fields, options };
  const type = statement.query ? 'CREATE_TABLE_AS_SELECT' : 'CREATE_TABLE';
  return ddlPlan(runner, type, ddl, reads, async () => {
    if (rows === undefined) await catalog.createTable(entry, ifExists(statement));
    else
      await withStaged(runner, rows, (staged) =>
        catalog.createTable(entry, ifExists(statement), staged),
      );
  });
}

interface Contents {
  readonly fields: readonly Field[];
  /** DuckDB text of the rows, if the table is made with some. */
  readonly rows: string | undefined;
  readonly reads: Refs;
  readonly options: TableEntry['options'];
}

function tableContents(runner: Runner, statement: CreateTableStatement): Contents {
  const source = statement.like ?? statement.copy;
  if (source) return copied(runner, source, statement);
  const declared = statement.columns?.map((column) => fieldOf(runner, column));
  if (!statement.query) {
    if (!declared) throw queryError('CREATE TABLE needs columns or a query', statement.at);
    return { fields: declared, rows: undefined, reads: NO_REFS, options: {} };
  }
  const query = runner.resolver.query(statement.query, topLevel(runner.context));
  if (declared) return declaredQuery(declared, query, statement);
  const { sql, fields } = outputText(query, 'CREATE TABLE');
  return { fields, rows: sql, reads: readBy(query), options: {} };
}

/** `CREATE TABLE t (a INT64, …) AS SELECT …`: by position, as the columns' types. */
function declaredQuery(
  declared: readonly Field[],
  query: ReturnType<Runner['resolver']['query']>,
  statement: CreateTableStatement,
): Contents {
  const { sql, fields } = outputText(query);
  if (fields.length !== declared.length) {
    throw queryError(
      `The number of columns in the column definition list does not match the number of columns produced by the query`,
      statement.at,
    );
  }
  const values = declared.map((field, i) => {
    const { name, type } = fields[i]!;
    const value = coerce({ type, sql: quote(name), at: statement.at, refs: NO_REFS }, field.type);
    if (!value) {
      throw queryError(
        `Column ${field.name} has type ${typeText(field.type)}, but the query gives ${typeText(type)}`,
        statement.at,
      );
    }
    return `${stored(value.sql, field)} AS ${quote(field.name)}`;
  });
  return {
    fields: declared,
    rows: `SELECT ${values.join(', ')} FROM (${sql})`,
    reads: readBy(query),
    options: {},
  };
}

/** LIKE takes over columns and options, COPY and CLONE the rows too. */
function copied(runner: Runner, path: TablePath, statement: CreateTableStatement): Contents {
  const ref = refOf(runner, path);
  const { fields, options, kind } = existingTable(runner.resolver, ref);
  if (kind === 'VIEW') throw unsupported('CREATE TABLE LIKE or COPY of a view');
  const rows = statement.copy ? `SELECT * FROM ${physicalTable(ref)}` : undefined;
  return { fields, rows, reads: NO_REFS, options };
}

/** Rows in a table of the results, so that all parameters are bound and all functions have run. */
async function withStaged(
  runner: Runner,
  rows: string,
  work: (sql: string) => Promise<void>,
): Promise<void> {
  const { session, context, resolver, nextId } = runner;
  const dataset = resultsDataset(context.projectId);
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${physicalSchema(dataset)}`);
  const staged = physicalTable({ ...dataset, tableId: stagingName(nextId()) });
  await prepare(runner);
  const text = `CREATE TABLE ${staged} AS ${rows}`;
  await session.run(text, resolver.parameters.bindings(text));
  try {
    await work(`SELECT * FROM ${staged}`);
  } finally {
    await session.cleanUp(`DROP TABLE ${staged}`);
  }
}
