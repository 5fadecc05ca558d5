import { DAY, daysOf, HOUR, MINUTE, SECOND } from './calendar.ts';

/**
 * Microseconds since 1970-01-01 UTC of an RFC 3339 date-time with at most six digits of a second.
 * Undefined for anything else, leap seconds included.
 */
export function parseRfc3339(text: string): number | undefined {
  const separator = text[10];
  if (separator !== 'T' && separator !== 't' && separator !== ' ') return undefined;
  if (text[13] !== ':' || text[16] !== ':') return undefined;
  const hour = pairAt(text, 11);
  const minute = pairAt(text, 14);
  const second = pairAt(text, 17);
  // Written so that NaN fails too.
  if (!(hour < 24 && minute < 60 && second < 60)) return undefined;
  const fraction = fractionAt(text, 19);
  const micros =
    dateAt(text) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + fraction.micros;
  const moment = micros - offsetAt(text, fraction.end);
  return Number.isNaN(moment) ? undefined : moment;
}

/** Days since 1970-01-01 of `YYYY-MM-DD`, years 1 to 9999; undefined for anything else. */
export function parseDate(text: string): number | undefined {
  const days = dateAt(text);
  return text.length === 10 && !Number.isNaN(days) ? days : undefined;
}

const LITERAL =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d{0,6})?)?( ?UTC|[Zz]| ?([+-])(\d{1,2})(?::(\d{2}))?)?$/;

/**
 * A moment as GoogleSQL's literals allow it: no time is midnight, no zone is UTC, fields may have
 * one digit. Zones by name, UTC aside, are not read: their rules change.
 */
export function parseTimestampLiteral(text: string): number | undefined {
  const parts = LITERAL.exec(text);
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second, fraction = ''] = parts.slice(1);
  const [sign, zoneHour, zoneMinute] = parts.slice(9);
  const zone = sign ? `${sign}${two(zoneHour)}:${two(zoneMinute)}` : 'Z';
  const clock = `${two(hour)}:${two(minute)}:${two(second)}${fraction === '.' ? '' : fraction}`;
  return parseRfc3339(`${year}-${two(month)}-${two(day)}T${clock}${zone}`);
}

/** A date as GoogleSQL's literals allow it: month and day may have one digit. */
export function parseDateLiteral(text: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  return parseDate(`${year}-${two(month)}-${two(day)}`);
}

const two = (digits = ''): string => digits.padStart(2, '0');

/** 0 to 9, or NaN. */
function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 48;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}

const pairAt = (text: string, at: number): number => digitAt(text, at) * 10 + digitAt(text, at + 1);

const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function dateAt(text: string): number {
  const year = pairAt(text, 0) * 100 + pairAt(text, 2);
  const month = pairAt(text, 5);
  const day = pairAt(text, 8);
  const fits = year >= 1 && day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0);
  if (!fits || text[4] !== '-' || text[7] !== '-') return Number.NaN;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && day === 29 && !leap ? Number.NaN : daysOf({ year, month, day });
}

/** Microseconds of `.digits`, 0 without a point, NaN for no digit or more than six. */
function fractionAt(text: string, at: number): { micros: number; end: number } {
  if (text[at] !== '.') return { micros: 0, end: at };
  let micros = 0;
  let end = at + 1;
  for (let unit = SECOND / 10; digitAt(text, end) >= 0; unit /= 10, end++) {
    micros += unit < 1 ? Number.NaN : digitAt(text, end) * unit;
  }
  return { micros: end === at + 1 ? Number.NaN : micros, end };
}

/** Microseconds by which `Z` or `±HH:MM`, the end of the text, is ahead of UTC; NaN for anything else. */
function offsetAt(text: string, at: number): number {
  const sign = text[at];
  if ((sign === 'Z' || sign === 'z') && text.length === at + 1) return 0;
  const hour = pairAt(text, at + 1);
  const minute = pairAt(text, at + 4);
  const fits = text[at + 3] === ':' && text.length === at + 6 && hour <= 14 && minute < 60;
  if (!fits || (sign !== '+' && sign !== '-')) return Number.NaN;
  return (hour * HOUR + minute * MINUTE) * (sign === '+' ? 1 : -1);
}
