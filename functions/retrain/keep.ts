import type { Context } from './context.ts';
import type { Plan } from './plan.ts';
import { timestamp } from './snapshot.ts';

/**
 * Puts rows of a version in place of what its table has of it, all at once: a run that is repeated
 * leaves each of them once.
 * @param telling names what is new of rows that a run puts there several times
 * @param table of `sql/tables`, and the statement of `sql/retrain` that takes its rows as JSON
 */
export async function keepRows(
  { warehouse, sql }: Pick<Context, 'warehouse' | 'sql'>,
  plan: Plan,
  table: string,
  rows: readonly object[],
  telling?: string,
): Promise<void> {
  await warehouse.run(plan.job(telling === undefined ? table : `${table}-${telling}`), {
    sql: await sql(`retrain/${table}.sql`),
    parameters: {
      version: plan.version,
      as_of: timestamp(plan.asOf),
      rows: rows.map((row) => JSON.stringify(row)),
    },
    types: { version: 'STRING', as_of: 'TIMESTAMP', rows: ['STRING'] },
  });
}
