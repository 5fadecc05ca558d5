import type { InputEncoding } from '../../shared/bridge/encoding.ts';
import { encodeBackground } from '../../shared/bundle/background.ts';
import { createRowBuilder } from '../../shared/scorer/row_builder.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import type { Plan } from './plan.ts';

/** Enough for a steady average; what explaining costs grows with them. */
const ROWS = 100;

/** Some of the rows that the model was trained on, always the same ones, as the model reads them. */
export async function sampleBackground(
  { warehouse, sql, portfolio }: Context,
  plan: Plan,
  inputs: readonly InputEncoding[],
): Promise<ReturnType<typeof encodeBackground>> {
  const sample = await warehouse.run(plan.job('background'), {
    sql: fill(await sql('retrain/background.sql'), {
      snapshot: identifier(plan.tables.snapshot),
    }),
    parameters: { rows: ROWS },
  });
  const builder = createRowBuilder(portfolio.features, inputs);
  return encodeBackground(sample.map((features) => builder.encode(features)));
}
