/** Rounding half away from zero, as GoogleSQL's ROUND and its casts do. */
export const roundHalfAway = (x: number): number => (x < 0 ? -Math.round(-x) : Math.round(x));

/** The most digits on either side of the point that `roundTo` takes: 10^15 and its products are exact. */
export const MAX_DIGITS = 15;

const POWERS = Array.from({ length: MAX_DIGITS + 1 }, (_, i) => Number(`1e${i}`));

/**
 * ROUND(x, digits): the exact value of `x` is rounded half away from zero, then brought back to the
 * nearest FLOAT64. `Math.round(x * 100) / 100` is not that: 2.675 lies below the half, yet
 * 2.675 * 100 is 267.5.
 *
 * @param digits -15 to 15; negative ones count to the left of the point
 */
export function roundTo(x: number, digits: number): number {
  const power = POWERS[Math.abs(digits)]!;
  const rounded = digits < 0 ? toMultiple(Math.abs(x), power) : toFraction(Math.abs(x), power);
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}

/** Nearest multiple of `step`: the remainder of a division is exact. */
function toMultiple(x: number, step: number): number {
  if (x >= 2 ** 53) return toMultipleOfLarge(BigInt(x), BigInt(step));
  const remainder = x % step;
  const below = x - remainder;
  return remainder >= step / 2 ? below + step : below;
}

/** Here numbers lie too far apart for the sums above. */
const toMultipleOfLarge = (x: bigint, step: bigint): number =>
  Number(((2n * x + step) / (2n * step)) * step);

/** Nearest multiple of 1 / `parts`, from x * parts as an unevaluated sum of two numbers. */
function toFraction(x: number, parts: number): number {
  const product = x * parts;
  // From here on numbers lie further apart than multiples do. Written so that NaN returns too.
  if (!(product < 2 ** 53)) return x;
  const below = Math.floor(product);
  const isUp = productError(x, parts, product) >= 0.5 - (product - below);
  return (isUp ? below + 1 : below) / parts;
}

/** a * b - product, exactly (T. J. Dekker, "A floating-point technique for extending precision", 1971). */
function productError(a: number, b: number, product: number): number {
  const highA = highPart(a);
  const highB = highPart(b);
  const lowA = a - highA;
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

function highPart(x: number): number {
  const shifted = x * 134_217_729; // 2^27 + 1
  return shifted - (shifted - x);
}
