/** SELECT: rows into a table that keeps their order. */
import {
  physicalSchema,
  physicalTable,
  quote,
  resultsDataset,
  type TableRef,
} from '../../names.ts';
import type { TableEntry } from '../../ports.ts';
import type { Field } from '../../types.ts';
import type { Query } from '../parse/query_ast.ts';
import { topLevel } from '../resolve/analyzer.ts';
import type { ResolvedQuery } from '../resolve/context.ts';
import { outputText } from '../resolve/output.ts';
import { type Refs, union } from '../resolve/typed.ts';
import { bytesProcessed } from './bytes.ts';
import { runMlSteps } from './ml_steps.ts';
import type { Plan, Runner } from './runner.ts';

export async function planQuery(runner: Runner, query: Query): Promise<Plan> {
  const { resolver, context, session } = runner;
  const resolved = resolver.query(query, topLevel(context));
  const { sql, fields } = outputText(resolved);
  return {
    analysis: {
      statementType: 'SELECT',
      fields,
      referencedTables: referencedTables(runner),
      bytesProcessed: await bytesProcessed(session, readBy(resolved), resolver),
    },
    async run() {
      const physical = await resultTable(runner);
      await prepare(runner);
      const text = `CREATE TABLE ${physical} AS ${ordered(runner, sql, fields)}`;
      await session.run(text, resolver.parameters.bindings(text));
      const rowCount = await countRows(runner, physical);
      return { result: { fields, physical, rowCount } };
    },
  };
}

/** Rows in the order that they are to lie in; a column that is not there is refused where it is asked for. */
function ordered({ context }: Runner, sql: string, fields: readonly Field[]): string {
  const asked = context.resultOrder?.toLowerCase();
  const column = fields.find(({ name }) => name.toLowerCase() === asked);
  return column ? `SELECT * FROM (${sql}) ORDER BY ${quote(column.name)}` : sql;
}

/** What must be there before a statement that calls functions of BigQuery ML can run. */
export async function prepare({ session, ml, resolver }: Runner): Promise<void> {
  if (ml) await runMlSteps(session, ml, resolver);
}

export async function countRows({ session }: Runner, physical: string): Promise<number> {
  const [[count]] = (await session.rows(`SELECT count(*) FROM ${physical}`)) as [[bigint]];
  return Number(count);
}

async function resultTable({ session, context, nextId }: Runner): Promise<string> {
  if (context.resultTable) return physicalTable(context.resultTable);
  const dataset = resultsDataset(context.projectId);
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${physicalSchema(dataset)}`);
  return physicalTable({ ...dataset, tableId: nextId() });
}

/** All columns that a query reads. */
export const readBy = (query: ResolvedQuery): Refs =>
  union(query.always, ...query.columns.map((column) => column.refs));

export const referencedTables = ({ resolver }: Runner): readonly TableRef[] =>
  [...resolver.tables.values()].map((entry: TableEntry) => entry.ref);
