import type { Gate, Metrics } from '../../../shared/bundle/manifest.ts';
import type { PortfolioDocument } from '../../../shared/portfolio/documents.ts';
import type { CalibrationLine } from '../../../shared/statistics/calibration.ts';
import { atLeast, atMost } from './verdict.ts';

/** @param line of the outcomes on log-odds, and of how many; null where none can be told */
export function calibrationGates(
  { gates }: Pick<PortfolioDocument, 'gates'>,
  metrics: Metrics,
  line: CalibrationLine | null,
  rows: number,
): Gate[] {
  return [
    atMost(
      'calibration',
      Math.abs(Math.log(metrics.mean_pd / metrics.bad_rate)),
      Math.log(1 + gates.mean_pd_off_at_most),
      'Cut-offs and expected losses are in PD: its mean must be near the observed bad rate.',
      { n: metrics.rows },
    ),
    ...slopeGates(gates.calibration_slope, line, rows),
  ];
}

function slopeGates(
  limits: PortfolioDocument['gates']['calibration_slope'],
  line: CalibrationLine | null,
  n: number,
): Gate[] {
  if (!limits) return [];
  const slope = line?.slope ?? Number.NaN;
  const evidence = { interval: line?.slope_interval ?? null, n };
  return [
    atLeast(
      'calibration_slope_low',
      slope,
      limits.at_least,
      'Below 1 the PDs are too extreme: safe applicants are riskier than they are said to be.',
      evidence,
    ),
    atMost(
      'calibration_slope_high',
      slope,
      limits.at_most,
      'Above 1 the PDs are too timid: risk is there that they do not tell apart.',
      evidence,
    ),
  ];
}
