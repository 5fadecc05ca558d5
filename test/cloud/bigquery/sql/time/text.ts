/**
 * The canonical text of dates, times, intervals and decimals, from the counts that DuckDB holds.
 *
 * Source: "Data types" of the GoogleSQL reference, canonical formats.
 */

import { civil, splitMicros } from './civil.ts';

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));
const four = (n: number): string => String(n).padStart(4, '0');

/** Days since 1970-01-01 as `YYYY-MM-DD`. */
export function dateText(days: number): string {
  const { year, month, day } = civil(days);
  return `${four(year)}-${two(month)}-${two(day)}`;
}

/** Microseconds of a day as `HH:MM:SS[.ffffff]`, the fraction in groups of three digits. */
export function clockText(ofDay: number): string {
  const fraction = ofDay % 1_000_000;
  const seconds = (ofDay - fraction) / 1_000_000;
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (fraction === 0) return clock;
  const digits = String(fraction).padStart(6, '0');
  return `${clock}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}`;
}

export const timeText = (micros: bigint): string => clockText(Number(micros));

/** `YYYY-MM-DDTHH:MM:SS[.ffffff]`, or with a space as CAST writes it. */
export function datetimeText(micros: bigint, separator: 'T' | ' ' = 'T'): string {
  const { days, ofDay } = splitMicros(micros);
  return `${dateText(days)}${separator}${clockText(ofDay)}`;
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]+00`. */
export function timestampText(micros: bigint): string {
  return `${datetimeText(micros, ' ')}+00`;
}

/** A decimal of a given scale without exponent, needless zeros or point. */
export function decimalText(scaled: bigint, scale: number): string {
  const negative = scaled < 0n;
  const digits = String(negative ? -scaled : scaled).padStart(scale + 1, '0');
  const fraction = digits.slice(-scale).replace(/0+$/, '');
  const whole = digits.slice(0, -scale);
  return (negative ? '-' : '') + (fraction === '' ? whole : `${whole}.${fraction}`);
}

/** `[-]Y-M [-]D [-]H:M:S[.F]`. */
export function intervalText(interval: {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}): string {
  const months = Math.abs(interval.months);
  const micros = interval.micros < 0n ? -interval.micros : interval.micros;
  const seconds = micros / 1_000_000n;
  const fraction = String(micros % 1_000_000n).padStart(6, '0');
  const shown =
    fraction === '000000'
      ? ''
      : fraction.endsWith('000')
        ? `.${fraction.slice(0, 3)}`
        : `.${fraction}`;
  return (
    `${interval.months < 0 ? '-' : ''}${Math.floor(months / 12)}-${months % 12} ${interval.days} ` +
    `${interval.micros < 0n ? '-' : ''}${seconds / 3600n}:${(seconds / 60n) % 60n}:${seconds % 60n}${shown}`
  );
}
