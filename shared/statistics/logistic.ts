/**
 * The straight line of log-odds under which outcomes are most likely: logistic regression on one
 * number, by Newton's method with step halving (Lin, Lin and Weng 2007).
 */

/** Rows at one place. */
export interface Outcomes {
  readonly margin: number;
  /** How many there are, and how much badness they hold; neither need be whole. */
  readonly weight: number;
  readonly bad: number;
}

export interface LogOddsLine {
  readonly slope: number;
  readonly intercept: number;
}

export function fitLine(outcomes: readonly Outcomes[]): LogOddsLine {
  let fit: LogOddsLine = { slope: 1, intercept: 0 };
  let loss = lossOf(outcomes, fit);
  for (let iteration = 0; iteration < 100; iteration++) {
    const step = newtonStep(outcomes, fit);
    const next = lineSearch(outcomes, fit, step, loss);
    if (next === undefined || loss - next.loss < 1e-12 * loss) return next?.fit ?? fit;
    fit = next.fit;
    loss = next.loss;
  }
  return fit;
}

/** Second derivatives of the loss at a line: what the outcomes tell of it (Fisher's information). */
export function informationOf(
  outcomes: readonly Outcomes[],
  { slope, intercept }: LogOddsLine,
): { readonly ss: number; readonly si: number; readonly ii: number } {
  let [ss, si, ii] = [0, 0, 0];
  for (const { margin, weight } of outcomes) {
    const p = 1 / (1 + Math.exp(-(slope * margin + intercept)));
    const curvature = weight * p * (1 - p);
    ss += curvature * margin * margin;
    si += curvature * margin;
    ii += curvature;
  }
  return { ss, si, ii };
}

/** Negative log-likelihood, in the form that neither overflows nor loses digits. */
function lossOf(outcomes: readonly Outcomes[], { slope, intercept }: LogOddsLine): number {
  return outcomes.reduce((sum, { margin, weight, bad }) => {
    const z = slope * margin + intercept;
    const softplus = Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    return sum + weight * softplus - bad * z;
  }, 0);
}

function newtonStep(outcomes: readonly Outcomes[], line: LogOddsLine): LogOddsLine {
  const { ss, si, ii } = informationOf(outcomes, line);
  // A little ridge keeps the system solvable when all margins are equal.
  const [hss, hii] = [ss + 1e-9, ii + 1e-9];
  let [gs, gi] = [0, 0];
  for (const { margin, weight, bad } of outcomes) {
    const p = 1 / (1 + Math.exp(-(line.slope * margin + line.intercept)));
    const gradient = weight * p - bad;
    gs += gradient * margin;
    gi += gradient;
  }
  const determinant = hss * hii - si * si;
  return {
    slope: -(hii * gs - si * gi) / determinant,
    intercept: -(hss * gi - si * gs) / determinant,
  };
}

function lineSearch(
  outcomes: readonly Outcomes[],
  from: LogOddsLine,
  step: LogOddsLine,
  loss: number,
): { fit: LogOddsLine; loss: number } | undefined {
  for (let size = 1; size > 1e-10; size /= 2) {
    const fit = {
      slope: from.slope + size * step.slope,
      intercept: from.intercept + size * step.intercept,
    };
    const reached = lossOf(outcomes, fit);
    if (reached < loss) return { fit, loss: reached };
  }
  return undefined;
}
