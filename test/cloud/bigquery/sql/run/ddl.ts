/** CREATE, DROP and ALTER of tables, views and schemas. Source: "Data definition language". */
import { duplicate, notFound, unsupported } from '../../../errors.ts';
import { stagingName } from '../../catalog/catalog.ts';
import { physicalType } from '../../duckdb/types.ts';
import {
  describeTable,
  physicalSchema,
  physicalTable,
  quote,
  resultsDataset,
  type TableRef,
} from '../../names.ts';
import type { IfExists, QueryOutcome, TableEntry } from '../../ports.ts';
import { type Field, typeText } from '../../types.ts';
import type { TablePath } from '../parse/query_ast.ts';
import type {
  AlterAction,
  AlterTableStatement,
  ColumnDefinition,
  CreateSchemaStatement,
  CreateTableStatement,
  CreateViewStatement,
  Creation,
  DropStatement,
} from '../parse/statements_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import { coerce } from '../resolve/coercion.ts';
import { queryError } from '../resolve/errors.ts';
import { outputFields, outputText, stored } from '../resolve/output.ts';
import { existingTable, pathParts, tableRef } from '../resolve/tables.ts';
import { resolveType } from '../resolve/type_text.ts';
import { NO_REFS, type Refs } from '../resolve/typed.ts';
import { bytesProcessed } from './bytes.ts';
import {
  clustering,
  optionProperties,
  partitioning,
  readOptions,
  SCHEMA_OPTIONS,
  TABLE_OPTIONS,
} from './options.ts';
import { prepare, readBy, referencedTables } from './query.ts';
import type { Plan, Runner } from './runner.ts';

type Ddl = NonNullable<QueryOutcome['ddl']>;

const refOf = (runner: Runner, path: TablePath): TableRef =>
  tableRef(pathParts(path), topLevel(runner.context).home, path.at);

const ifExists = ({ orReplace, ifNotExists }: Creation): IfExists =>
  orReplace ? 'replace' : ifNotExists ? 'skip' : 'fail';

/** What creating something of this name will do. @throws {ApiError} duplicate. */
function creationOf(runner: Runner, ref: TableRef, creation: Creation): Ddl {
  const exists = runner.catalog.table(ref) !== undefined;
  if (!exists) return { operation: 'CREATE', target: ref };
  if (creation.orReplace) return { operation: 'REPLACE', target: ref };
  if (creation.ifNotExists) return { operation: 'SKIP', target: ref };
  throw duplicate(describeTable(ref));
}

async function ddlPlan(
  runner: Runner,
  statementType: string,
  ddl: Ddl,
  reads: Refs,
  work: () => Promise<void>,
): Promise<Plan> {
  const { session, resolver } = runner;
  return {
    analysis: {
      statementType,
      ddl,
      referencedTables: referencedTables(runner),
      bytesProcessed: await bytesProcessed(session, reads, resolver.tables),
    },
    async run() {
      if (ddl.operation !== 'SKIP') await work();
      return {};
    },
  };
}

// --- Tables --------------------------------------------------------------------------------------

export async function planCreateTable(
  runner: Runner,
  statement: CreateTableStatement,
): Promise<Plan> {
  const { catalog } = runner;
  const ref = refOf(runner, statement.target);
  const ddl = creationOf(runner, ref, statement);
  const { fields, rows, reads, options: inherited } = tableContents(runner, statement);
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

const withoutNulls = (properties: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));

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
    checkDistinct(declared, statement);
    return { fields: declared, rows: undefined, reads: NO_REFS, options: {} };
  }
  const query = runner.resolver.query(statement.query, topLevel(runner.context));
  if (declared) return declaredQuery(declared, query, statement);
  const { sql, fields } = outputText(query, true);
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
    await session.run(`DROP TABLE ${staged}`);
  }
}

function fieldOf(runner: Runner, { name, type, notNull, options }: ColumnDefinition): Field {
  const description = readOptions(runner, options, ['description']).get('description');
  const resolved = resolveType(type);
  if (notNull && resolved.kind === 'ARRAY')
    throw queryError('NOT NULL constraint is not supported for ARRAY columns', type.at);
  return {
    name: name.text,
    type: resolved,
    ...(notNull ? { required: true } : {}),
    ...(description === undefined || description === null
      ? {}
      : { description: String(description) }),
  };
}

function checkDistinct(fields: readonly Field[], { at }: CreateTableStatement): void {
  const seen = new Set<string>();
  for (const { name } of fields) {
    if (seen.has(name.toLowerCase()))
      throw queryError(`Duplicate column name ${name} in CREATE TABLE`, at);
    seen.add(name.toLowerCase());
  }
}

// --- Views and schemas ---------------------------------------------------------------------------

export async function planCreateView(
  runner: Runner,
  statement: CreateViewStatement,
): Promise<Plan> {
  const { resolver, context, catalog } = runner;
  if (context.parameters.length > 0 && /[@?]/.test(statement.text)) {
    throw queryError('Query parameters cannot be used in the body of a view', statement.at);
  }
  const ref = refOf(runner, statement.target);
  const ddl = creationOf(runner, ref, statement);
  // A view is resolved where it is at home: without the default dataset of this query.
  const home = { ...topLevel(context).home, datasetId: undefined };
  const query = resolver.query(statement.query, { outer: undefined, ctes: undefined, home });
  const fields = viewFields(runner, statement, outputFields(query, true));
  const options = withoutNulls(
    optionProperties(readOptions(runner, statement.options, TABLE_OPTIONS)),
  );
  const viewQuery = statement.columns.length > 0 ? renamed(statement, fields) : statement.text;
  const entry: TableEntry = { ref, kind: 'VIEW', fields, viewQuery, options };
  return ddlPlan(runner, 'CREATE_VIEW', ddl, NO_REFS, () =>
    catalog.createTable(entry, ifExists(statement)),
  );
}

function viewFields(
  runner: Runner,
  { columns, at }: CreateViewStatement,
  fields: readonly Field[],
): readonly Field[] {
  if (columns.length === 0) return fields;
  if (columns.length !== fields.length) {
    throw queryError(
      `View has ${columns.length} columns in its column list, but its query gives ${fields.length}`,
      at,
    );
  }
  return columns.map(({ name, options }, i) => {
    const description = readOptions(runner, options, ['description']).get('description');
    const described = description === undefined ? {} : { description: String(description) };
    return { name: name.text, type: fields[i]!.type, ...described };
  });
}

/** The query with the columns named as the view's list says. */
function renamed({ text }: CreateViewStatement, fields: readonly Field[]): string {
  const names = fields.map((field) => `\`${field.name}\``).join(', ');
  return `WITH view_columns AS (${text})\nSELECT * FROM view_columns -- ${names}`;
}

export async function planCreateSchema(
  runner: Runner,
  statement: CreateSchemaStatement,
): Promise<Plan> {
  const { catalog } = runner;
  const ref = datasetOf(runner, statement.target);
  const exists = catalog.hasDataset(ref);
  const options = withoutNulls(
    optionProperties(readOptions(runner, statement.options, SCHEMA_OPTIONS)),
  );
  const how = statement.ifNotExists ? 'skip' : 'fail';
  const ddl: Ddl = { operation: exists && statement.ifNotExists ? 'SKIP' : 'CREATE' };
  return ddlPlan(runner, 'CREATE_SCHEMA', ddl, NO_REFS, () =>
    catalog.createDataset(ref, how, options),
  );
}

function datasetOf(runner: Runner, path: TablePath) {
  const parts = pathParts(path);
  if (parts.length > 2) throw queryError(`Invalid dataset name: ${parts.join('.')}`, path.at);
  const [first, second] = parts;
  return second === undefined
    ? { projectId: runner.context.projectId, datasetId: first! }
    : { projectId: first!, datasetId: second };
}

export async function planDrop(runner: Runner, statement: DropStatement): Promise<Plan> {
  const { catalog } = runner;
  if (statement.what === 'SCHEMA') {
    const ref = datasetOf(runner, statement.target);
    const skip = statement.ifExists && !catalog.hasDataset(ref);
    const { ifExists: maybe, cascade } = statement;
    return ddlPlan(runner, 'DROP_SCHEMA', { operation: skip ? 'SKIP' : 'DROP' }, NO_REFS, () =>
      catalog.dropDataset(ref, { ifExists: maybe, cascade }),
    );
  }
  const ref = refOf(runner, statement.target);
  const entry = catalog.table(ref);
  if (!entry && !statement.ifExists)
    throw notFound(`${describeTable(ref)} was not found in location US`);
  const kind = statement.what === 'VIEW' ? 'VIEW' : 'TABLE';
  if (entry && entry.kind !== kind) {
    throw queryError(
      `${describeTable(ref)} is not a ${kind.toLowerCase()}: use DROP ${entry.kind}`,
      statement.at,
    );
  }
  const ddl: Ddl = { operation: entry ? 'DROP' : 'SKIP', target: ref };
  return ddlPlan(runner, `DROP_${kind}`, ddl, NO_REFS, () =>
    catalog.dropTable(ref, statement.ifExists),
  );
}

// --- ALTER TABLE ---------------------------------------------------------------------------------

export async function planAlterTable(
  runner: Runner,
  statement: AlterTableStatement,
): Promise<Plan> {
  const ref = refOf(runner, statement.target);
  const exists = runner.catalog.table(ref) !== undefined;
  if (!exists && !statement.ifExists) existingTable(runner.resolver, ref);
  const ddl: Ddl = { operation: exists ? 'ALTER' : 'SKIP', target: ref };
  return ddlPlan(runner, 'ALTER_TABLE', ddl, NO_REFS, async () => {
    for (const action of statement.actions) await alter(runner, ref, action);
  });
}

async function alter(runner: Runner, ref: TableRef, action: AlterAction): Promise<void> {
  const { catalog } = runner;
  const { fields } = existingTable(runner.resolver, ref);
  switch (action.kind) {
    case 'add column':
      return addColumn(runner, ref, fields, action);
    case 'drop column':
      return dropColumn(runner, ref, fields, action);
    case 'rename column':
      return renameColumn(runner, ref, fields, action);
    case 'drop not null': {
      const index = columnIndex(fields, action.name, false)!;
      await runner.session.run(
        `ALTER TABLE ${physicalTable(ref)} ALTER ${quote(fields[index]!.name)} DROP NOT NULL`,
      );
      const { required: _, ...relaxed } = fields[index]!;
      return catalog.setFields(ref, fields.with(index, relaxed));
    }
    case 'set options':
      return catalog.setOptions(
        ref,
        optionProperties(readOptions(runner, action.options, TABLE_OPTIONS)),
      );
    case 'rename table':
      throw unsupported('ALTER TABLE RENAME TO');
  }
}

/** @throws {ApiError} when there is no such column, unless it may be missing. */
function columnIndex(
  fields: readonly Field[],
  name: ColumnDefinition['name'],
  maybe: boolean,
): number | undefined {
  const index = fields.findIndex((f) => f.name.toLowerCase() === name.text.toLowerCase());
  if (index >= 0) return index;
  if (maybe) return undefined;
  throw queryError(`Column not found: ${name.text}`, name.at);
}

async function addColumn(
  runner: Runner,
  ref: TableRef,
  fields: readonly Field[],
  { column, ifNotExists }: Extract<AlterAction, { kind: 'add column' }>,
): Promise<void> {
  const field = fieldOf(runner, column);
  if (columnIndex(fields, column.name, true) !== undefined) {
    if (ifNotExists) return;
    throw queryError(`Column already exists: ${field.name}`, column.name.at);
  }
  if (field.required)
    throw queryError('ALTER TABLE ADD COLUMN cannot add a NOT NULL column', column.name.at);
  const definition = `${quote(field.name)} ${physicalType(field.type)}${field.type.kind === 'ARRAY' ? ' DEFAULT []' : ''}`;
  await runner.session.run(`ALTER TABLE ${physicalTable(ref)} ADD COLUMN ${definition}`);
  await runner.catalog.setFields(ref, [...fields, field]);
}

async function dropColumn(
  runner: Runner,
  ref: TableRef,
  fields: readonly Field[],
  { name, ifExists: maybe }: Extract<AlterAction, { kind: 'drop column' }>,
): Promise<void> {
  const index = columnIndex(fields, name, maybe);
  if (index === undefined) return;
  if (fields.length === 1)
    throw queryError('ALTER TABLE cannot drop the only column of a table', name.at);
  await runner.session.run(
    `ALTER TABLE ${physicalTable(ref)} DROP COLUMN ${quote(fields[index]!.name)}`,
  );
  await runner.catalog.setFields(ref, fields.toSpliced(index, 1));
}

async function renameColumn(
  runner: Runner,
  ref: TableRef,
  fields: readonly Field[],
  action: Extract<AlterAction, { kind: 'rename column' }>,
): Promise<void> {
  const index = columnIndex(fields, action.from, action.ifExists);
  if (index === undefined) return;
  const taken = columnIndex(fields, action.to, true);
  if (taken !== undefined && taken !== index)
    throw queryError(`Column already exists: ${action.to.text}`, action.to.at);
  const before = quote(fields[index]!.name);
  await runner.session.run(
    `ALTER TABLE ${physicalTable(ref)} RENAME COLUMN ${before} TO ${quote(action.to.text)}`,
  );
  await runner.catalog.setFields(
    ref,
    fields.with(index, { ...fields[index]!, name: action.to.text }),
  );
}
