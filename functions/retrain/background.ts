import type { InputEncoding } from '../../shared/bridge/encoding.ts';
import { encodeBackground } from '../../shared/bundle/background.ts';
import { createRowBuilder } from '../../shared/scorer/row_builder.ts';
import type { Context } from './context.ts';
import type { Plan } from './plan.ts';
import { sampleRows } from './sample.ts';

/** Enough for a steady average; what explaining costs grows with them. */
const ROWS = 100;

/** Some of the rows that the model was trained on, always the same ones, as the model reads them. */
export async function sampleBackground(
  context: Context,
  plan: Plan,
  inputs: readonly InputEncoding[],
): Promise<ReturnType<typeof encodeBackground>> {
  const builder = createRowBuilder(context.portfolio.features, inputs);
  const request = { job: 'background', role: 'TRAIN', rows: ROWS } as const;
  return encodeBackground(await sampleRows(context, plan, builder, request));
}
