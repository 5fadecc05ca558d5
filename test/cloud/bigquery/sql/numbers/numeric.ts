/**
 * NUMERIC: 38 digits, 9 of them behind the point, as an integer of billionths.
 *
 * Source: "Decimal types" of the GoogleSQL reference. What does not fit is rounded half away from
 * zero; what is too large is an error.
 */
import { InvalidText } from '../time/parse.ts';
import { decimalText } from '../time/text.ts';

export const SCALE = 9;
const UNIT = 10n ** 9n;
const LIMIT = 10n ** 38n;

export const numericText = (scaled: bigint): string => decimalText(scaled, SCALE);

/** Divides and rounds half away from zero. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const a = dividend < 0n ? -dividend : dividend;
  const b = divisor < 0n ? -divisor : divisor;
  const quotient = (2n * a + b) / (2n * b);
  return negative ? -quotient : quotient;
}

const fits = (scaled: bigint): boolean => scaled < LIMIT && scaled > -LIMIT;

function checked(scaled: bigint, operation: () => string): bigint {
  if (!fits(scaled)) throw new InvalidText(`numeric overflow: ${operation()}`);
  return scaled;
}

const shown = (a: bigint, operator: string, b: bigint) => () =>
  `${numericText(a)} ${operator} ${numericText(b)}`;

export const multiply = (a: bigint, b: bigint): bigint =>
  checked(divideRounded(a * b, UNIT), shown(a, '*', b));

export function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new InvalidText(`division by zero: ${numericText(a)} / ${numericText(b)}`);
  return checked(divideRounded(a * UNIT, b), shown(a, '/', b));
}

const TEXT = /^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?\s*$/;

/** @throws {InvalidText} `Invalid NUMERIC value: …`. */
export function parseNumeric(text: string): bigint {
  const scaled = scaledDecimal(text, SCALE);
  if (scaled === undefined || !fits(scaled)) {
    throw new InvalidText(`Invalid NUMERIC value: ${text}`);
  }
  return scaled;
}

/** A decimal number as an integer of a scale, rounded half away from zero. */
function scaledDecimal(text: string, scale: number): bigint | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = TEXT.exec(text) ?? [];
  if (whole === '' && fraction === '') return undefined;
  const power = Number(exponent) - fraction.length + scale;
  if (Math.abs(power) > 1000) return /[1-9]/.test(whole + fraction) && power > 0 ? undefined : 0n;
  const digits = BigInt(whole + fraction);
  const size =
    power >= 0 ? digits * 10n ** BigInt(power) : divideRounded(digits, 10n ** BigInt(-power));
  return sign === '-' ? -size : size;
}

/** The NUMERIC nearest to a FLOAT64's exact value. @throws {InvalidText} */
export function numericFromDouble(value: number): bigint {
  if (!Number.isFinite(value)) {
    throw new InvalidText(
      `Illegal conversion of non-finite floating point number to numeric: ${value > 0 ? 'inf' : Number.isNaN(value) ? 'nan' : '-inf'}`,
    );
  }
  const { mantissa, exponent } = decompose(value);
  const scaled =
    exponent >= 0
      ? mantissa * 2n ** BigInt(exponent) * UNIT
      : divideRounded(mantissa * UNIT, 2n ** BigInt(-exponent));
  if (!fits(scaled)) throw new InvalidText(`numeric out of range: ${value}`);
  return scaled;
}

/** A finite number as mantissa · 2^exponent. */
export function decompose(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: bits >> 63n ? -mantissa : mantissa, exponent: Math.max(biased, 1) - 1075 };
}

/** Rounds to a number of digits behind the point (before it, if negative), half away from zero. */
export function roundNumeric(scaled: bigint, digits: number): bigint {
  if (digits >= SCALE) return scaled;
  const unit = 10n ** BigInt(Math.min(SCALE - digits, 60));
  return checked(
    divideRounded(scaled, unit) * unit,
    () => `ROUND(${numericText(scaled)}, ${digits})`,
  );
}

/** Cuts off the digits beyond a number of places. */
export function truncateNumeric(scaled: bigint, digits: number): bigint {
  if (digits >= SCALE) return scaled;
  const unit = 10n ** BigInt(Math.min(SCALE - digits, 60));
  return (scaled / unit) * unit;
}
