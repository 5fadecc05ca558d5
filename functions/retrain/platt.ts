import type {
  PlattCalibration as Calibration,
  OutcomesAt,
} from '../../shared/bridge/calibration.ts';

/**
 * Platt's recalibration: the slope and intercept under which log-odds explain the outcomes best.
 *
 * Maximum likelihood with Platt's smoothed targets, (bad + 1) / (bads + 2) and 1 / (goods + 2), so
 * that separable or one-sided outcomes still have an answer (Platt 1999, "Probabilistic outputs for
 * support vector machines"); Newton's method with step halving (Lin, Lin & Weng 2007).
 */
export function fitPlatt(points: readonly OutcomesAt[]): Calibration {
  const weighted = smoothedTargets(points);
  let fit: Calibration = { slope: 1, intercept: 0 };
  let loss = lossOf(weighted, fit);
  for (let iteration = 0; iteration < 100; iteration++) {
    const step = newtonStep(weighted, fit);
    const next = lineSearch(weighted, fit, step, loss);
    if (next === undefined || loss - next.loss < 1e-12 * loss) return next?.fit ?? fit;
    fit = next.fit;
    loss = next.loss;
  }
  return fit;
}

interface Target {
  readonly margin: number;
  /** Rows, and how much badness they hold. */
  readonly weight: number;
  readonly bad: number;
}

function smoothedTargets(points: readonly OutcomesAt[]): Target[] {
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

/** Negative log-likelihood, in the form that neither overflows nor loses digits. */
function lossOf(targets: readonly Target[], { slope, intercept }: Calibration): number {
  return targets.reduce((sum, { margin, weight, bad }) => {
    const z = slope * margin + intercept;
    const softplus = Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    return sum + weight * softplus - bad * z;
  }, 0);
}

function newtonStep(targets: readonly Target[], { slope, intercept }: Calibration): Calibration {
  // A little ridge keeps the system solvable when all margins are equal.
  let [hss, hsi, hii, gs, gi] = [1e-9, 0, 1e-9, 0, 0];
  for (const { margin, weight, bad } of targets) {
    const p = 1 / (1 + Math.exp(-(slope * margin + intercept)));
    const curvature = weight * p * (1 - p);
    const gradient = weight * p - bad;
    hss += curvature * margin * margin;
    hsi += curvature * margin;
    hii += curvature;
    gs += gradient * margin;
    gi += gradient;
  }
  const determinant = hss * hii - hsi * hsi;
  return {
    slope: -(hii * gs - hsi * gi) / determinant,
    intercept: -(hss * gi - hsi * gs) / determinant,
  };
}

function lineSearch(
  targets: readonly Target[],
  from: Calibration,
  step: Calibration,
  loss: number,
): { fit: Calibration; loss: number } | undefined {
  for (let size = 1; size > 1e-10; size /= 2) {
    const fit = {
      slope: from.slope + size * step.slope,
      intercept: from.intercept + size * step.intercept,
    };
    const reached = lossOf(targets, fit);
    if (reached < loss) return { fit, loss: reached };
  }
  return undefined;
}
