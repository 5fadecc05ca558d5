/** Special functions that distributions are made of, to about 1e-14 of their value. */

const LANCZOS_G = 607 / 128;
/** Godfrey's coefficients for this g: error below 1e-15 (Press et al., Numerical Recipes, 3rd ed., 6.1). */
const LANCZOS = [
  0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746,
  -0.4919138160976202, 0.00003399464998481189, 0.00004652362892704858, -0.00009837447530487956,
  0.0001580887032249125, -0.00021026444172410488, 0.00021743961811521265, -0.0001643181065367639,
  0.00008441822398385275, -0.000026190838401581408, 0.0000036899182659531625,
];

const MOST_TERMS = 10_000;
const TINY = 1e-300;

/** ln Γ(x). @param x above 0 */
export function logGamma(x: number): number {
  const sum = LANCZOS.slice(1).reduce((total, c, i) => total + c / (x + i + 1), LANCZOS[0]!);
  const t = x + LANCZOS_G + 0.5;
  return (x + 0.5) * Math.log(t) - t + Math.log((Math.sqrt(2 * Math.PI) * sum) / x);
}

/**
 * Q(a, x), the upper regularised incomplete gamma function: a series where x is small, Lentz's
 * continued fraction where it is not (Numerical Recipes, 6.2).
 * @param a above 0
 * @param x at least 0
 */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - front * lowerSeries(a, x) : front * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && term > sum * Number.EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const an = n * (a - n);
    b += 2;
    d = 1 / orTiny(b + an * d);
    c = orTiny(b + an / c);
    h *= c * d;
    if (Math.abs(c * d - 1) <= Number.EPSILON) break;
  }
  return h;
}

const orTiny = (x: number): number => (Math.abs(x) < TINY ? TINY : x);
