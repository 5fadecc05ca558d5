/**
 * Regression by a Gaussian process over the unit cube (Rasmussen and Williams 2006, algorithm 2.1):
 * Matérn 5/2 kernel, one length for all sides, observations standardised.
 */

/** What is thought of a point: the mean and the standard deviation of its value. */
export interface Belief {
  readonly mean: number;
  readonly deviation: number;
}

export interface GaussianProcess {
  at(point: readonly number[]): Belief;
}

/** Lengths and shares of noise that are tried; the likeliest of the observations is taken. */
const LENGTHS = [0.1, 0.2, 0.35, 0.6, 1, 2];
const NOISES = [1e-6, 1e-3, 1e-2, 1e-1];

/** @param points at least one, none of them twice unless their values may differ by noise */
export function fitProcess(
  points: readonly (readonly number[])[],
  values: readonly number[],
): GaussianProcess {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const scale = Math.sqrt(variance) || 1;
  const standard = values.map((value) => (value - mean) / scale);
  const fits = LENGTHS.flatMap((length) =>
    NOISES.map((noise) => conditioned(points, standard, length, noise)),
  );
  const best = fits.reduce((a, b) => (b.likelihood > a.likelihood ? b : a));
  return {
    at(point) {
      const belief = best.at(point);
      return { mean: mean + scale * belief.mean, deviation: scale * belief.deviation };
    },
  };
}

function conditioned(
  points: readonly (readonly number[])[],
  values: readonly number[],
  length: number,
  noise: number,
): GaussianProcess & { readonly likelihood: number } {
  const n = points.length;
  const covariance = points.map((a, i) =>
    points.map((b, j) => matern(distance(a, b) / length) + (i === j ? noise + 1e-9 : 0)),
  );
  const lower = cholesky(covariance);
  const weights = solveUpper(lower, solveLower(lower, values));
  const logDeterminant = lower.reduce((sum, row, i) => sum + Math.log(row[i]!), 0);
  const fitting = values.reduce((sum, value, i) => sum + value * weights[i]!, 0);
  return {
    likelihood: -fitting / 2 - logDeterminant - (n / 2) * Math.log(2 * Math.PI),
    at(point) {
      const near = points.map((other) => matern(distance(point, other) / length));
      const mean = near.reduce((sum, k, i) => sum + k * weights[i]!, 0);
      const known = solveLower(lower, near).reduce((sum, x) => sum + x * x, 0);
      return { mean, deviation: Math.sqrt(Math.max(1 - known, 0)) };
    },
  };
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0));

function matern(r: number): number {
  const s = Math.sqrt(5) * r;
  return (1 + s + (s * s) / 3) * Math.exp(-s);
}

/** The lower triangle whose product with its transpose is the matrix. */
function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const lower = matrix.map((row) => row.map(() => 0));
  for (let i = 0; i < matrix.length; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i]![j]!;
      for (let k = 0; k < j; k++) rest -= lower[i]![k]! * lower[j]![k]!;
      lower[i]![j] = i === j ? Math.sqrt(Math.max(rest, 1e-12)) : rest / lower[j]![j]!;
    }
  }
  return lower;
}

function solveLower(lower: readonly (readonly number[])[], right: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = 0; i < right.length; i++) {
    let rest = right[i]!;
    for (let k = 0; k < i; k++) rest -= lower[i]![k]! * out[k]!;
    out.push(rest / lower[i]![i]!);
  }
  return out;
}

function solveUpper(lower: readonly (readonly number[])[], right: readonly number[]): number[] {
  const out = new Array<number>(right.length).fill(0);
  for (let i = right.length - 1; i >= 0; i--) {
    let rest = right[i]!;
    for (let k = i + 1; k < right.length; k++) rest -= lower[k]![i]! * out[k]!;
    out[i] = rest / lower[i]![i]!;
  }
  return out;
}
