/** What statements that define things share, and CREATE SCHEMA and DROP. Source: "Data definition language". */
import { duplicate, notFound } from '../../../errors.ts';
import { describeTable, type TableRef } from '../../names.ts';
import type { IfExists, QueryOutcome } from '../../ports.ts';
import type { TablePath } from '../parse/query_ast.ts';
import type { CreateSchemaStatement, Creation, DropStatement } from '../parse/statements_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import { queryError } from '../resolve/errors.ts';
import { pathParts, tableRef } from '../resolve/tables.ts';
import { NO_REFS, type Refs } from '../resolve/typed.ts';
import { bytesProcessed } from './bytes.ts';
import { optionProperties, readOptions, SCHEMA_OPTIONS } from './options.ts';
import { referencedTables } from './query.ts';
import type { Plan, Runner } from './runner.ts';

export type Ddl = NonNullable<QueryOutcome['ddl']>;

/** The table or view that a statement is about. */
export const refOf = (runner: Runner, path: TablePath): TableRef =>
  tableRef(pathParts(path), topLevel(runner.context).home, path.at);

export const ifExists = ({ orReplace, ifNotExists }: Creation): IfExists =>
  orReplace ? 'replace' : ifNotExists ? 'skip' : 'fail';

/** What creating something of this name will do. @throws {ApiError} duplicate. */
export function creationOf(runner: Runner, ref: TableRef, creation: Creation): Ddl {
  const exists = runner.catalog.table(ref) !== undefined;
  if (!exists) return { operation: 'CREATE', target: ref };
  if (creation.orReplace) return { operation: 'REPLACE', target: ref };
  if (creation.ifNotExists) return { operation: 'SKIP', target: ref };
  throw duplicate(describeTable(ref));
}

/** A statement that changes what exists; nothing is done where it skips. */
export async function ddlPlan(
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
      bytesProcessed: await bytesProcessed(session, reads, resolver),
    },
    async run() {
      if (ddl.operation !== 'SKIP') await work();
      return {};
    },
  };
}

/** Properties of something new: null leaves out. */
export const withoutNulls = (properties: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));

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
