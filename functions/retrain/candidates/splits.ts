/** Splits in time: train on the past, calibrate on what came next, measure on what came after that. */
import type { BigQueryTimestamp } from '@google-cloud/bigquery';
import { AppError } from '../../../shared/errors.ts';
import { fill, identifier } from '../../../shared/warehouse/sql.ts';
import type { Context } from '../context.ts';
import type { Plan } from '../plan.ts';
import { timestamp } from '../snapshot.ts';

/** Rows before `calibrate` train, from there calibrate, from `measure` on measure, up to `until`. */
export interface TimeSplit {
  readonly number: number;
  readonly calibrate: BigQueryTimestamp;
  readonly measure: BigQueryTimestamp;
  readonly until: BigQueryTimestamp;
}

/**
 * Forward-chaining splits of the rows from before the test: they are parted into blocks of equal count
 * in time, and each split goes one block further than the one before (Tashman 2000, "rolling origin").
 */
export async function timeSplits(
  context: Context,
  plan: Plan,
  count: number,
): Promise<TimeSplit[]> {
  const rows = await context.warehouse.run(plan.job('splits'), {
    sql: fill(await context.sql('retrain/splits.sql'), {
      snapshot: identifier(plan.tables.snapshot),
    }),
    parameters: { blocks: count + 2 },
  });
  const starts = rows.map(({ starts_at }) => starts_at as BigQueryTimestamp);
  if (new Set(starts.map(({ value }) => value)).size < count + 2) {
    throw new AppError(
      'too_few_labels',
      422,
      `The applications from before the test cannot be parted into ${count + 2} times; ask for fewer splits in model.json.`,
    );
  }
  const ends = [...starts.slice(1), timestamp(plan.testFrom)];
  return Array.from({ length: count }, (_, i) => ({
    number: i + 1,
    calibrate: starts[i + 1]!,
    measure: starts[i + 2]!,
    until: ends[i + 2]!,
  }));
}
