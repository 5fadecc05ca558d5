import type { RowBuilder } from '../../shared/scorer/row_builder.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import type { Plan, Role } from './plan.ts';

/** Some of the rows of a role, always the same ones, as the model reads them. */
export async function sampleRows(
  { warehouse, sql }: Pick<Context, 'warehouse' | 'sql'>,
  plan: Plan,
  builder: RowBuilder,
  { job, role, rows }: { readonly job: string; readonly role: Role; readonly rows: number },
): Promise<Float64Array[]> {
  const sample = await warehouse.run(plan.job(job), {
    sql: fill(await sql('retrain/sample.sql'), { snapshot: identifier(plan.tables.snapshot) }),
    parameters: { role, rows },
  });
  return sample.map((features) => builder.encode(features));
}
