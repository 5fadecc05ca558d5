/** Numbers of JSON out of bytes, with the bits that `JSON.parse` gives them. */
import { asciiText } from './ascii.ts';

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const SMALL_E = 0x65;

/** Powers of ten that a float64 holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Below it every whole number is a float64, and so was each that led to it. */
const EXACT = 2 ** 53;

/** Nothing was read: what is there is not (plainly) what it should be. */
export const REFUSED = -1;

/** 0 to 9; above for any other byte. */
const digitOf = (byte: number): number => (byte - ZERO) >>> 0;

/**
 * Reads a number into a slot. -0 is refused.
 * @param bytes of which the last is no part of a number
 * @returns where it ends, or REFUSED
 */
export function readNumber(
  bytes: Uint8Array,
  start: number,
  numbers: Float64Array,
  slot: number,
): number {
  const negative = bytes[start] === MINUS;
  let at = negative ? start + 1 : start;
  let digit = digitOf(bytes[at]!);
  if (digit > 9) return REFUSED;
  let whole = digit;
  digit = digitOf(bytes[++at]!);
  // No digit follows a leading zero.
  if (whole === 0 && digit <= 9) return REFUSED;
  for (; digit <= 9; digit = digitOf(bytes[++at]!)) whole = whole * 10 + digit;
  let places = 0;
  if (bytes[at] === POINT) {
    const point = at;
    for (digit = digitOf(bytes[++at]!); digit <= 9; digit = digitOf(bytes[++at]!)) {
      whole = whole * 10 + digit;
    }
    places = at - point - 1;
    if (places === 0) return REFUSED;
  }
  if ((bytes[at]! | 0x20) === SMALL_E) {
    at = exponentEnd(bytes, at);
    if (at === REFUSED) return REFUSED;
    places = POWERS.length;
  }
  // Two exact numbers divided are rounded once, as the text is (Clinger 1990).
  const size =
    whole < EXACT && places < POWERS.length
      ? whole / POWERS[places]!
      : Math.abs(Number(asciiText(bytes, start, at)));
  if (negative && size === 0) return REFUSED;
  numbers[slot] = negative ? -size : size;
  return at;
}

/** @param at of the letter */
function exponentEnd(bytes: Uint8Array, at: number): number {
  at++;
  if (bytes[at] === MINUS || bytes[at] === PLUS) at++;
  if (digitOf(bytes[at]!) > 9) return REFUSED;
  while (digitOf(bytes[at]!) <= 9) at++;
  return at;
}

/** The same of whole numbers that a float64 tells from their neighbours, however they are written. */
export function readInteger(
  bytes: Uint8Array,
  start: number,
  numbers: Float64Array,
  slot: number,
): number {
  const end = readNumber(bytes, start, numbers, slot);
  return Number.isSafeInteger(numbers[slot]) ? end : REFUSED;
}
