import type { Calibration } from '../../shared/bridge/calibration.ts';
import { type Metrics, metricsSchema } from '../../shared/bundle/manifest.ts';
import { withColumns } from '../../shared/features/sql_text.ts';
import { createPolicies } from '../../shared/policy/versions.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import { piecesOf } from './calibrate.ts';
import type { Context } from './context.ts';
import { cutOffsInSql } from './cut_offs.ts';
import type { Plan } from './plan.ts';
import { timestamp } from './snapshot.ts';

/**
 * Keeps what a version says of applications that nothing was fitted on, beside what became of them
 * and the cut-offs that were in force, for the views that analysts read. All rows of a version are
 * replaced at once: a run that is repeated leaves each of them once.
 */
export async function keepEvaluation(
  { warehouse, sql, portfolio }: Context,
  plan: Plan,
  curve: Calibration,
): Promise<void> {
  const policy = createPolicies(portfolio.policy, portfolio.policy_columns).at(plan.asOf).document;
  const cutOffs = cutOffsInSql(policy);
  const key = `CAST(${identifier(portfolio.keys.application)} AS STRING) AS application_id`;
  await warehouse.run(plan.job('evaluations'), {
    sql: fill(await sql('retrain/evaluations.sql'), {
      predictions: identifier(plan.tables.predictions),
      policy: withColumns(portfolio.sql.policy, [key]),
      cut_off: cutOffs.place,
      time: identifier(portfolio.keys.time),
    }),
    parameters: {
      ...keyOf(plan),
      ...cutOffs.parameters,
      ...piecesOf(curve),
      validation: portfolio.validation.kind,
      policy_version: policy.version,
      role: plan.testRole,
      from: timestamp(plan.from),
      until: timestamp(plan.until),
    },
    types: TYPES,
  });
}

const keyOf = ({ version, asOf }: Plan) => ({ version, as_of: timestamp(asOf) });

/** Whole numbers alone would make an ARRAY<INT64>, and an empty list has no type. */
const TYPES = {
  version: 'STRING',
  as_of: 'TIMESTAMP',
  validation: 'STRING',
  policy_version: 'STRING',
  role: 'STRING',
  from: 'TIMESTAMP',
  until: 'TIMESTAMP',
  names: ['STRING'],
  bounds: ['FLOAT64'],
  review_from: ['FLOAT64'],
  decline_from: ['FLOAT64'],
  starts: ['FLOAT64'],
  levels: ['FLOAT64'],
  slopes: ['FLOAT64'],
  of_log_odds: 'BOOL',
};

/** Of the rows that were kept. */
export async function measure({ warehouse, sql }: Context, plan: Plan): Promise<Metrics> {
  const [row] = await warehouse.run(plan.job('metrics'), {
    sql: await sql('retrain/metrics.sql'),
    parameters: keyOf(plan),
  });
  const { applications, auc, ...rest } = row ?? {};
  return metricsSchema.parse({ ...rest, rows: applications, auc, gini: 2 * Number(auc) - 1 });
}
