/** Distributions that tests are judged by: what lies beyond a figure, and which figure a share lies beyond. */
import { upperGamma } from './special.ts';

/** P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  const tail = upperGamma(0.5, (z * z) / 2) / 2;
  return z < 0 ? tail : 1 - tail;
}

/** P(|Z| ≥ |z|): the two-sided p-value of a z-score. */
export const twoSided = (z: number): number => upperGamma(0.5, (z * z) / 2);

/** z with P(Z ≤ z) = p (Wichura 1988, algorithm AS 241: 1e-16 of its value). @param p in (0, 1) */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_ABOVE, r)) / polynomial(CENTRE_BELOW, r);
  }
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  const [above, below, at] =
    r <= 5 ? [MIDDLE_ABOVE, MIDDLE_BELOW, r - 1.6] : [FAR_ABOVE, FAR_BELOW, r - 5];
  return (Math.sign(q) * polynomial(above, at)) / polynomial(below, at);
}

/** P(X ≥ x) of the chi-square distribution. @param df degrees of freedom, above 0 */
export const chiSquareTail = (x: number, df: number): number => upperGamma(df / 2, x / 2);

/** x with P(X ≥ x) = tail, to 1e-13 of its value. @param tail in (0, 1) @param df above 0 */
export function chiSquareQuantile(tail: number, df: number): number {
  let [low, high] = [0, df];
  while (chiSquareTail(high, df) > tail) [low, high] = [high, 2 * high];
  for (let i = 0; i < 200 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2;
    if (chiSquareTail(middle, df) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(K ≥ x) of Kolmogorov's limiting distribution: 2 Σ (−1)ᵏ⁻¹ exp(−2k²x²) (Smirnov 1948). */
export function kolmogorovTail(x: number): number {
  // Below, all of it lies above to within 1e-17, and the alternating sum loses its digits.
  if (x < 0.18) return 1;
  // Small x: the same function by Jacobi's identity, which converges where the sum does not.
  if (x < 1) {
    let sum = 0;
    for (let k = 1; k <= 20; k++)
      sum += Math.exp((-((2 * k - 1) ** 2) * Math.PI ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  let sum = 0;
  for (let k = 1; k <= 20; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return Math.min(1, sum);
}

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, c) => sum * x + c, 0);

const CENTRE_ABOVE = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
];
const CENTRE_BELOW = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
];
const MIDDLE_ABOVE = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
];
const MIDDLE_BELOW = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008,
  0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9,
];
const FAR_ABOVE = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
  0.026532189526576124, 0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
];
const FAR_BELOW = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15,
];
