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
  /** The query that made it, as it ran, with its parameters: times as text. */
  readonly query: string;
  readonly parameters: Record<string, string | number>;
  /** Rows by role, and bad ones among them. */
  readonly rows: Record<string, number>;
  readonly bad: Record<string, number>;
  /** By role, what tells its rows from any others. */
  readonly fingerprints: Record<string, string>;
  /** Applications of the window that have no label, by reason. */
  readonly excluded: Record<string, number>;
}

/**
 * Freezes labelled features into a table of their own, and counts what is in it.
 * @param knownBy what was recorded later stays out, however late the snapshot is taken
 */
export async function takeSnapshot(context: Context, plan: Plan, knownBy: Date): Promise<Snapshot> {
  const { portfolio, warehouse, sql } = context;
  const label = await labelledRows(context);
  const query = fill(await sql('retrain/snapshot.sql'), {
    label,
    features: carriedFeatures(portfolio),
  });
  const times = {
    ...cohortTimes(plan),
    known_by: knownBy,
    calibration_from: plan.calibrationFrom,
    test_from: plan.testFrom,
  };
  const parameters = { ...timestamps(times), folds: plan.folds };
  await warehouse.run(plan.job('snapshot'), { sql: query, parameters, into: plan.tables.snapshot });
  const excluded = await warehouse.run(plan.job('excluded'), {
    sql: fill(await sql('retrain/excluded.sql'), { label }),
    parameters: timestamps({ ...cohortTimes(plan), known_by: knownBy }),
  });
  const counts = await warehouse.run(plan.job('counts'), {
    sql: fill(await sql('retrain/counts.sql'), { snapshot: identifier(plan.tables.snapshot) }),
  });
  checkCounts(plan, counts);
  const byRole = <T>(column: string) =>
    Object.fromEntries(counts.map((row) => [row.role, row[column] as T]));
  return {
    query,
    parameters: { ...textsOf(times), folds: plan.folds },
    rows: byRole('applications'),
    bad: byRole('bad'),
    fingerprints: byRole('fingerprint'),
    excluded: Object.fromEntries(
      excluded
        .filter(({ exclusion }) => exclusion !== null)
        .map((row) => [row.exclusion, row.applications]),
    ),
  };
}

/** label.sql, over what had happened and was recorded: nothing that came later can be in it. */
async function labelledRows({ portfolio, warehouse, sql }: Context): Promise<string> {
  const table = (name: string) => `${identifier(warehouse.datasetId)}.${identifier(name)}`;
  return fill(await sql('retrain/labelled.sql'), {
    label: portfolio.sql.label,
    applications: table('applications'),
    outcomes: table('outcomes'),
    application_time: identifier(portfolio.keys.time),
    outcome_time: identifier(portfolio.outcome_keys.time),
  });
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
const cohortTimes = (plan: Plan) => ({ from: plan.from, until: plan.until, as_of: plan.asOf });

const timestamps = (times: Readonly<Record<string, Date>>) =>
  Object.fromEntries(Object.entries(times).map(([name, time]) => [name, timestamp(time)]));

const textsOf = (times: Readonly<Record<string, Date>>) =>
  Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time.toISOString()]));

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
