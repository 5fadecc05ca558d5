/** Dates and times out of bytes: of what the contract takes the plain forms, as features count them. */
import { DAY, daysOf, HOUR, MINUTE, newYear, SECOND } from '../features/values/calendar.ts';
import { REFUSED } from './numbers.ts';

const ZERO = 0x30;
const QUOTE = 0x22;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const COLON = 0x3a;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

/** Bytes up to the seconds; the shortest time has a `Z` and a quote after them. */
const TO_SECONDS = 19;
const DATE_LENGTH = 10;

const MONTH_DAYS = Int32Array.of(31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);

/** What the contract takes for a time, in microseconds, and for a date, in days. */
const FIRST_TIME = newYear(1830) * DAY;
const AFTER_LAST_TIME = newYear(2110) * DAY;
const FIRST_YEAR = 1000;

/** 0 to 99; above for bytes that are not both digits. */
function pairAt(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at]! - ZERO) >>> 0;
  const ones = (bytes[at + 1]! - ZERO) >>> 0;
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : 100;
}

/** Days since 1970-01-01 of `YYYY-MM-DD`; NaN for anything else and before the year 1000. */
function daysAt(bytes: Uint8Array, at: number): number {
  const century = pairAt(bytes, at);
  const ofCentury = pairAt(bytes, at + 2);
  const month = pairAt(bytes, at + 5);
  const day = pairAt(bytes, at + 8);
  const year = century * 100 + ofCentury;
  const isWritten =
    century < 100 && ofCentury < 100 && bytes[at + 4] === MINUS && bytes[at + 7] === MINUS;
  if (!isWritten || year < FIRST_YEAR || month < 1 || month > 12) return Number.NaN;
  if (day < 1 || day > MONTH_DAYS[month - 1]!) return Number.NaN;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && day === 29 && !isLeap ? Number.NaN : daysOf({ year, month, day });
}

/**
 * Reads `YYYY-MM-DD"` into a slot, as days since 1970-01-01.
 * @param at after the opening quote
 * @returns where it ends, after the closing quote, or REFUSED
 */
export function readDate(
  bytes: Uint8Array,
  at: number,
  numbers: Float64Array,
  slot: number,
): number {
  const end = at + DATE_LENGTH;
  if (end >= bytes.length || bytes[end] !== QUOTE) return REFUSED;
  const days = daysAt(bytes, at);
  if (Number.isNaN(days)) return REFUSED;
  numbers[slot] = days;
  return end + 1;
}

/**
 * Reads `YYYY-MM-DDTHH:MM:SS[.ffffff](Z|±HH:MM)"` into a slot, as microseconds since 1970-01-01 UTC.
 * @param at after the opening quote
 * @param bytes of which the last is no part of a time
 * @returns where it ends, after the closing quote, or REFUSED
 */
export function readTime(
  bytes: Uint8Array,
  at: number,
  numbers: Float64Array,
  slot: number,
): number {
  if (at + TO_SECONDS >= bytes.length) return REFUSED;
  const hour = pairAt(bytes, at + 11);
  const minute = pairAt(bytes, at + 14);
  const second = pairAt(bytes, at + 17);
  const isWritten =
    bytes[at + 10] === LETTER_T && bytes[at + 13] === COLON && bytes[at + 16] === COLON;
  if (!isWritten || hour > 23 || minute > 59 || second > 59) return REFUSED;
  let micros = daysAt(bytes, at) * DAY + hour * HOUR + minute * MINUTE + second * SECOND;
  at += TO_SECONDS;
  if (bytes[at] === POINT) {
    const point = at;
    let unit = SECOND;
    for (let digit = (bytes[++at]! - ZERO) >>> 0; digit <= 9; digit = (bytes[++at]! - ZERO) >>> 0) {
      unit /= 10;
      micros += digit * unit;
    }
    const digits = at - point - 1;
    if (digits < 1 || digits > 6) return REFUSED;
  }
  const zone = bytes[at++];
  if (zone === PLUS || zone === MINUS) {
    if (at + 5 >= bytes.length || bytes[at + 2] !== COLON) return REFUSED;
    const zoneHour = pairAt(bytes, at);
    const zoneMinute = pairAt(bytes, at + 3);
    // GoogleSQL knows no zone beyond.
    if (zoneHour > 14 || zoneMinute > 59) return REFUSED;
    const offset = zoneHour * HOUR + zoneMinute * MINUTE;
    micros -= zone === PLUS ? offset : -offset;
    at += 5;
  } else if (zone !== LETTER_Z) return REFUSED;
  // Written so that NaN fails too.
  if (!(micros >= FIRST_TIME && micros < AFTER_LAST_TIME) || bytes[at] !== QUOTE) return REFUSED;
  numbers[slot] = micros;
  return at + 1;
}
