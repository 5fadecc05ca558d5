/** Gauss-Legendre points and weights on [0, 1]: exact for polynomials up to degree 2n − 1. */
export function gaussLegendre(n: number): { points: Float64Array; weights: Float64Array } {
  const points = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const root = legendreRoot(n, Math.cos((Math.PI * (i + 0.75)) / (n + 0.5)));
    points[i] = (1 + root.at) / 2;
    weights[i] = 1 / ((1 - root.at * root.at) * root.slope * root.slope);
  }
  return { points, weights };
}

/** Newton's method from Tricomi's first guess, which is close enough for every n. */
function legendreRoot(n: number, guess: number): { at: number; slope: number } {
  let at = guess;
  for (;;) {
    const { value, slope } = legendre(n, at);
    const step = value / slope;
    at -= step;
    if (Math.abs(step) < 1e-15) return { at, slope: legendre(n, at).slope };
  }
}

function legendre(n: number, x: number): { value: number; slope: number } {
  let value = 1;
  let before = 0;
  for (let k = 0; k < n; k++) {
    const next = ((2 * k + 1) * x * value - k * before) / (k + 1);
    before = value;
    value = next;
  }
  return { value, slope: (n * (x * value - before)) / (x * x - 1) };
}
