import type { Objective } from './objective.ts';

/**
 * The diagonal of the inverse Hessian at the point that the objective saw last; undefined where the
 * Hessian is singular, within rounding. Through its Cholesky factor, O(size³).
 */
export function inverseDiagonal(objective: Objective): Float64Array | undefined {
  const { size } = objective;
  const factor = cholesky(hessianRows(objective));
  if (!factor) return undefined;
  const diagonal = new Float64Array(size);
  const column = new Float64Array(size);
  // H⁻¹ = L⁻ᵀ L⁻¹: its diagonal holds the squared lengths of the columns of L⁻¹.
  for (let j = 0; j < size; j++) {
    column.fill(0);
    for (let i = j; i < size; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= factor[i]![k]! * column[k]!;
      column[i] = sum / factor[i]![i]!;
      diagonal[j]! += column[i]! ** 2;
    }
  }
  return diagonal;
}

function hessianRows(objective: Objective): Float64Array[] {
  const unit = new Float64Array(objective.size);
  return Array.from({ length: objective.size }, (_, i) => {
    unit.fill(0);
    unit[i] = 1;
    const row = new Float64Array(objective.size);
    objective.hessian(unit, row);
    return row;
  });
}

/** The lower triangle L with L Lᵀ = the matrix, in place; undefined where it is not positive definite. */
function cholesky(matrix: Float64Array[]): Float64Array[] | undefined {
  for (let j = 0; j < matrix.length; j++) {
    const row = matrix[j]!;
    const whole = row[j]!;
    let left = whole;
    for (let k = 0; k < j; k++) left -= row[k]! ** 2;
    // What remains of a column that the others make up is rounding.
    if (!(left > 1e-10 * whole)) return undefined;
    row[j] = Math.sqrt(left);
    for (let i = j + 1; i < matrix.length; i++) {
      const other = matrix[i]!;
      let sum = other[j]!;
      for (let k = 0; k < j; k++) sum -= other[k]! * row[k]!;
      other[j] = sum / row[j]!;
    }
  }
  return matrix;
}

/** Φ, the standard normal distribution function, to about 1e−16 (Hart 1968, as West 2005 gives it). */
export function normalCdf(x: number): number {
  const z = Math.abs(x);
  if (z > 37) return x > 0 ? 1 : 0;
  const density = Math.exp((-z * z) / 2);
  const tail = z < 7.07106781186547 ? density * ratio(z) : fraction(density, z);
  return x > 0 ? 1 - tail : tail;
}

const NUMERATOR = [
  0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
  221.213596169931, 220.206867912376,
];
const DENOMINATOR = [
  0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
  637.333633378831, 793.826512519948, 440.413735824752,
];

const ratio = (z: number): number => horner(NUMERATOR, z) / horner(DENOMINATOR, z);

const horner = (coefficients: readonly number[], z: number): number =>
  coefficients.reduce((sum, c) => sum * z + c, 0);

function fraction(density: number, z: number): number {
  const build = [1, 2, 3, 4].reduceRight((inner, n) => z + n / inner, z + 0.65);
  return density / (build * 2.506628274631);
}
