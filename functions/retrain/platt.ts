import type {
  PlattCalibration as Calibration,
  OutcomesAt,
} from '../../shared/bridge/calibration.ts';
import { fitLine, type Outcomes } from '../../shared/statistics/logistic.ts';

/**
 * Platt's recalibration: the slope and intercept under which log-odds explain the outcomes best.
 *
 * Maximum likelihood with Platt's smoothed targets, (bad + 1) / (bads + 2) and 1 / (goods + 2), so
 * that separable or one-sided outcomes still have an answer (Platt 1999, "Probabilistic outputs for
 * support vector machines").
 */
export const fitPlatt = (points: readonly OutcomesAt[]): Calibration =>
  fitLine(smoothedTargets(points));

function smoothedTargets(points: readonly OutcomesAt[]): Outcomes[] {
  const bads = points.reduce((sum, { bad }) => sum + bad, 0);
  const goods = points.reduce((sum, { applications, bad }) => sum + applications - bad, 0);
  const badTarget = (bads + 1) / (bads + 2);
  const goodTarget = 1 / (goods + 2);
  return points.map(({ margin, applications, bad }) => ({
    margin,
    weight: applications,
    bad: bad * badTarget + (applications - bad) * goodTarget,
  }));
}
