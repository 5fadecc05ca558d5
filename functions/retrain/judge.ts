import type { Calibration, OutcomesAt } from '../../shared/bridge/calibration.ts';
import type { Manifest, Metrics } from '../../shared/bundle/manifest.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import { calibrate, countRows, describeCalibration } from './calibrate.ts';
import type { Context } from './context.ts';
import { keepEvaluation, measure } from './evaluate.ts';
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
  const points = (await warehouse.run(plan.job('calibration'), {
    sql: fill(await sql('retrain/calibration_points.sql'), {
      predictions: identifier(plan.tables.predictions),
    }),
    parameters: { role: plan.calibrationRole },
  })) as unknown as OutcomesAt[];
  const curve = calibrate(portfolio.calibration, points);
  await keepEvaluation(context, plan, curve);
  return {
    curve,
    calibration: describeCalibration(curve, countRows(points)),
    metrics: await measure(context, plan),
  };
}
