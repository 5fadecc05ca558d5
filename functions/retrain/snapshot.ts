import { BigQueryTimestamp } from '@google-cloud/bigquery';
import { AppError } from '../../shared/errors.ts';
import { withColumns } from '../../shared/features/sql_text.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import type { Context } from './context.ts';
import type { Plan } from './plan.ts';

/** Fewer bads or goods than this in a role say nothing about it. */
const FEWEST_OF_A_CLASS = 50;

export interface Snapshot {
  /** The query that made it, as it ran. */
  readonly query: string;
  /** Rows by role. */
  readonly rows: Record<string, number>;
  /** Applications of the window that have no label, by reason. */
  readonly excluded: Record<string, number>;
}

/** Freezes labelled features into a table of their own, and counts what is in it. */
export async function takeSnapshot(context: Context, plan: Plan): Promise<Snapshot> {
  const { portfolio, warehouse, sql } = context;
  const query = fill(await sql('retrain/snapshot.sql'), {
    label: portfolio.sql.label,
    features: carriedFeatures(portfolio),
  });
  const cohort = cohortParameters(plan);
  const parameters = {
    ...cohort,
    calibration_from: timestamp(plan.calibrationFrom),
    test_from: timestamp(plan.testFrom),
    folds: plan.folds,
  };
  await warehouse.run(plan.job('snapshot'), { sql: query, parameters, into: plan.tables.snapshot });
  const excluded = await warehouse.run(plan.job('excluded'), {
    sql: fill(await sql('retrain/excluded.sql'), { label: portfolio.sql.label }),
    parameters: cohort,
  });
  const counts = await warehouse.run(plan.job('counts'), {
    sql: fill(await sql('retrain/counts.sql'), { snapshot: identifier(plan.tables.snapshot) }),
  });
  checkCounts(plan, counts);
  return {
    query,
    rows: Object.fromEntries(counts.map((row) => [row.role, row.applications])),
    excluded: Object.fromEntries(
      excluded
        .filter(({ exclusion }) => exclusion !== null)
        .map((row) => [row.exclusion, row.applications]),
    ),
  };
}

/** features.sql with what a snapshot carries along. */
function carriedFeatures({ sql, keys }: Portfolio): string {
  return withColumns(sql.features, [
    `CAST(${identifier(keys.application)} AS STRING) AS application_id`,
    `${identifier(keys.time)} AS applied_at`,
    'defaulted',
  ]);
}

export const timestamp = (date: Date): BigQueryTimestamp =>
  new BigQueryTimestamp(date.toISOString());

/** What every label.sql may ask for. */
const cohortParameters = (plan: Plan) => ({
  from: timestamp(plan.from),
  until: timestamp(plan.until),
  as_of: timestamp(plan.asOf),
});

function checkCounts(plan: Plan, counts: readonly Record<string, unknown>[]): void {
  for (const role of new Set(['TRAIN', plan.calibrationRole, plan.testRole])) {
    const row = counts.find((count) => count.role === role);
    const bad = Number(row?.bad ?? 0);
    const good = Number(row?.applications ?? 0) - bad;
    if (Math.min(bad, good) >= FEWEST_OF_A_CLASS) continue;
    throw new AppError(
      'too_few_labels',
      422,
      `There are ${bad} bad and ${good} good applications to ${role} on between ` +
        `${plan.from.toISOString()} and ${plan.until.toISOString()}; ${FEWEST_OF_A_CLASS} of each ` +
        'are needed. Ingest more days, then retrain as of a later time: each time has one snapshot.',
    );
  }
}
