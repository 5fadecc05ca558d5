/**
 * Roots, powers and logarithms of NUMERIC, right to the last of its nine decimal places.
 *
 * Values in between have 60 decimal places. Source: "Mathematical functions" of the GoogleSQL
 * reference.
 */
import { InvalidText } from '../time/parse.ts';
import { divideRounded, numericText } from './numeric.ts';

const UNIT = 10n ** 9n;
const LIMIT = 10n ** 38n;
/** One, with 60 decimal places. */
const ONE = 10n ** 60n;
const FROM_NUMERIC = ONE / UNIT;
/** Powers to exponents up to this size are multiplied out, so that halves round as they should. */
const LARGEST_EXACT = 2000n;

const fails = (call: string): InvalidText =>
  new InvalidText(`Floating point error in function: ${call}`);

const product = (a: bigint, b: bigint): bigint => (a * b) / ONE;

/** The natural logarithm of a number above zero. */
function ln(x: bigint): bigint {
  let [m, powers] = [x, 0n];
  while (m > (ONE * 4n) / 3n) [m, powers] = [m / 2n, powers + 1n];
  while (m < (ONE * 2n) / 3n) [m, powers] = [m * 2n, powers - 1n];
  return powers * LN_2 + twiceArtanh(((m - ONE) * ONE) / (m + ONE));
}

/** ln((1 + z) / (1 - z)). */
function twiceArtanh(z: bigint): bigint {
  const square = product(z, z);
  let [sum, power] = [0n, z];
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = product(power, square);
  }
  return 2n * sum;
}

const LN_2 = twiceArtanh(ONE / 3n);
const LN_10 = ln(10n * ONE);

/** e to a power of less than 70. */
function exp(x: bigint): bigint {
  const halvings = x / LN_2;
  let [sum, term] = [0n, ONE];
  const rest = x - halvings * LN_2;
  for (let n = 1n; term !== 0n; n++) {
    sum += term;
    term = product(term, rest) / n;
  }
  return halvings >= 0n ? sum << halvings : sum >> -halvings;
}

/** Rounded to NUMERIC. @throws {InvalidText} where it does not fit. */
function rounded(x: bigint, call: () => string): bigint {
  const scaled = divideRounded(x, FROM_NUMERIC);
  if (scaled >= LIMIT || scaled <= -LIMIT) throw new InvalidText(`numeric overflow: ${call()}`);
  return scaled;
}

function expOf(x: bigint, call: () => string): bigint {
  if (x > 70n * ONE) throw new InvalidText(`numeric overflow: ${call()}`);
  return x < -70n * ONE ? 0n : rounded(exp(x), call);
}

export const numericExp = (x: bigint): bigint =>
  expOf(x * FROM_NUMERIC, () => `EXP(${numericText(x)})`);

export function numericSqrt(x: bigint): bigint {
  if (x < 0n) throw fails(`SQRT(${numericText(x)})`);
  return (squareRoot(4n * x * UNIT) + 1n) / 2n;
}

/** The integer part, by Newton's method from above. */
function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / 2));
  for (;;) {
    const next = (root + n / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}

export function numericLn(x: bigint): bigint {
  const call = () => `LN(${numericText(x)})`;
  if (x <= 0n) throw fails(call());
  return rounded(ln(x * FROM_NUMERIC), call);
}

export function numericLog10(x: bigint): bigint {
  const call = () => `LOG10(${numericText(x)})`;
  if (x <= 0n) throw fails(call());
  return rounded((ln(x * FROM_NUMERIC) * ONE) / LN_10, call);
}

export function numericLog(x: bigint, base: bigint): bigint {
  const call = () => `LOG(${numericText(x)}, ${numericText(base)})`;
  if (x <= 0n || base <= 0n || base === UNIT) throw fails(call());
  return rounded((ln(x * FROM_NUMERIC) * ONE) / ln(base * FROM_NUMERIC), call);
}

export function numericPow(x: bigint, y: bigint): bigint {
  const call = () => `POW(${numericText(x)}, ${numericText(y)})`;
  const whole = y % UNIT === 0n;
  if (y === 0n) return UNIT;
  if ((x === 0n && y < 0n) || (x < 0n && !whole)) throw fails(call());
  if (x === 0n) return 0n;
  const size = x < 0n ? -x : x;
  const negative = x < 0n && (y / UNIT) % 2n !== 0n;
  const times = y / UNIT;
  const isSmall = times <= LARGEST_EXACT && times >= -LARGEST_EXACT;
  const exponent = product(ln(size * FROM_NUMERIC), y * FROM_NUMERIC);
  // What is too large or vanishes anyway is not multiplied out.
  const isNear = exponent < 70n * ONE && exponent > -70n * ONE;
  const power = whole && isSmall && isNear ? exactPower(size, times, call) : expOf(exponent, call);
  return negative ? -power : power;
}

function exactPower(x: bigint, times: bigint, call: () => string): bigint {
  const n = times < 0n ? -times : times;
  const [top, bottom] = [x ** n, UNIT ** n];
  const scaled = times > 0n ? divideRounded(top * UNIT, bottom) : divideRounded(bottom * UNIT, top);
  if (scaled >= LIMIT) throw new InvalidText(`numeric overflow: ${call()}`);
  return scaled;
}
