import type { Calibration, OutcomesAt } from '../../shared/bridge/calibration.ts';
import { type Manifest, type Metrics, metricsSchema } from '../../shared/bundle/manifest.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import { calibrate, countRows, describeCalibration, piecesOf } from './calibrate.ts';
import type { Context } from './context.ts';
import type { Plan } from './plan.ts';

export interface Judgement {
  /** What the model's graph ends with, … */
  readonly curve: Calibration;
  /** … and what the manifest says of it. */
  readonly calibration: Manifest['calibration'];
  /** Of calibrated PDs, on the rows that nothing was fitted on. */
  readonly metrics: Metrics;
}

/**
 * Recalibrates the predictions and measures them, both in the warehouse.
 * @throws {AppError} 422 where the portfolio's calibration cannot be fitted
 */
export async function judge(context: Context, plan: Plan): Promise<Judgement> {
  const { warehouse, sql, portfolio } = context;
  const predictions = identifier(plan.tables.predictions);
  const points = (await warehouse.run(plan.job('calibration'), {
    sql: fill(await sql('retrain/calibration_points.sql'), { predictions }),
    parameters: { role: plan.calibrationRole },
  })) as unknown as OutcomesAt[];
  const curve = calibrate(portfolio.calibration, points);
  const [row] = await warehouse.run(plan.job('metrics'), {
    sql: fill(await sql('retrain/metrics.sql'), { predictions }),
    parameters: { role: plan.testRole, ...piecesOf(curve) },
    // Whole numbers alone would make an ARRAY<INT64>.
    types: {
      role: 'STRING',
      starts: ['FLOAT64'],
      levels: ['FLOAT64'],
      slopes: ['FLOAT64'],
      of_log_odds: 'BOOL',
    },
  });
  return {
    curve,
    calibration: describeCalibration(curve, countRows(points)),
    metrics: metricsOf(row ?? {}),
  };
}

function metricsOf({ applications, auc, ...rest }: Record<string, unknown>): Metrics {
  return metricsSchema.parse({ ...rest, rows: applications, auc, gini: 2 * Number(auc) - 1 });
}
