/** Days are whole numbers since 1970-01-01 and moments are milliseconds since then, all in UTC. */

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;

/** @param date YYYY-MM-DD. @throws {RangeError} where it is no day of the calendar */
export function dayOf(date: string): number {
  const ms = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  const day = ms / DAY_MS;
  // Date.parse lets 30 February roll over into March.
  if (Number.isNaN(ms) || isoDate(day) !== date) throw new RangeError(`${date} is not a date.`);
  return day;
}

const isoDates = new Map<number, string>();

/** YYYY-MM-DD; remembered, since a world writes each day many times. */
export function isoDate(day: number): string {
  let text = isoDates.get(day);
  if (text === undefined) {
    text = new Date(day * DAY_MS).toISOString().slice(0, 10);
    isoDates.set(day, text);
  }
  return text;
}

/** RFC 3339 with milliseconds. */
export function isoTime(at: number): string {
  const day = Math.floor(at / DAY_MS);
  const ms = at - day * DAY_MS;
  const two = (value: number) => (value < 10 ? `0${value}` : `${value}`);
  const clock = `${two(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}`;
  const seconds = `${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
  return `${isoDate(day)}T${clock}:${seconds}Z`;
}

/** Monday is 0. */
export const weekday = (day: number): number => (((day + 3) % 7) + 7) % 7;

/** The parts of a day; @returns month 1–12, dayOfMonth 1–31 */
export function civil(day: number): { year: number; month: number; dayOfMonth: number } {
  const date = new Date(day * DAY_MS);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    dayOfMonth: date.getUTCDate(),
  };
}

/** The day of a year, month (from 1) and day of the month (from 1). */
export const dayFrom = (year: number, month: number, dayOfMonth: number): number =>
  Date.UTC(year, month - 1, dayOfMonth) / DAY_MS;

/** The `n`-th (from 1) given weekday (Monday 0) of a month. */
export function nthWeekday(year: number, month: number, of: number, n: number): number {
  const first = dayFrom(year, month, 1);
  return first + ((of - weekday(first) + 7) % 7) + 7 * (n - 1);
}
