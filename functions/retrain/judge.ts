import type { PlattCalibration } from '../../shared/bridge/calibration.ts';
import { type Metrics, metricsSchema } from '../../shared/bundle/manifest.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import { type CalibrationPoint, fitPlatt } from './calibrate.ts';
import type { Context } from './context.ts';
import type { Plan } from './plan.ts';

export interface Judgement {
  readonly calibration: PlattCalibration & { readonly rows: number };
  /** Of calibrated PDs, on the rows that nothing was fitted on. */
  readonly metrics: Metrics;
}

/** Recalibrates the predictions and measures them, both in the warehouse. */
export async function judge(context: Context, plan: Plan): Promise<Judgement> {
  const { warehouse, sql } = context;
  const predictions = identifier(plan.tables.predictions);
  const points = (await warehouse.run(plan.job('calibration'), {
    sql: fill(await sql('retrain/calibration_points.sql'), { predictions }),
    parameters: { role: plan.calibrationRole },
  })) as unknown as CalibrationPoint[];
  const { slope, intercept } = fitPlatt(points);
  const [row] = await warehouse.run(plan.job('metrics'), {
    sql: fill(await sql('retrain/metrics.sql'), { predictions }),
    parameters: { role: plan.testRole, slope, intercept },
    // A slope of exactly 1 must not turn the parameter into an INT64.
    types: { slope: 'FLOAT64', intercept: 'FLOAT64', role: 'STRING' },
  });
  const rows = points.reduce((sum, { applications }) => sum + applications, 0);
  return { calibration: { slope, intercept, rows }, metrics: metricsOf(row ?? {}) };
}

function metricsOf({ applications, auc, ...rest }: Record<string, unknown>): Metrics {
  return metricsSchema.parse({ ...rest, rows: applications, auc, gini: 2 * Number(auc) - 1 });
}
