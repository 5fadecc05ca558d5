/** Days of a range: which are still to be ingested, and how many at once. A day is YYYY-MM-DD, in UTC. */
import type { DateRange } from './source.ts';

const DAY_MS = 86_400_000;

/** The first moment of a day. */
export const startOf = (day: string): Date => new Date(`${day}T00:00:00Z`);

/** The day so many days later. */
export const dayAfter = (day: string, days = 1): string =>
  dayOf(new Date(startOf(day).getTime() + days * DAY_MS));

/** The day of a moment. */
export const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);

/** All days of a range, in order. */
export function daysOf({ start, end }: DateRange): string[] {
  const days: string[] = [];
  for (let day = start; day <= end; day = dayAfter(day)) days.push(day);
  return days;
}

/**
 * Whether a day must be ingested: it never was, or it was not over then, or that is too long ago.
 *
 * @param ingestedAt when it was last, if ever
 * @param again when given, a day that was ingested before then is ingested again
 */
export function isDue(day: string, ingestedAt: Date | undefined, again: Date | undefined): boolean {
  if (ingestedAt === undefined) return true;
  const over = startOf(dayAfter(day));
  return ingestedAt < over || (again !== undefined && ingestedAt < again);
}

/** Days that are asked for, loaded and merged together at most: a month costs little more than a day. */
const MOST_AT_ONCE = 31;
/** What is lost at most where a run is broken off. */
const LONGEST_BATCH_MS = 60_000;
/** Of the time that is left, what may be planned with. */
const SAFE_SHARE = 0.7;

/**
 * The first days to be ingested together: without a gap, as many as go into the time.
 *
 * @param dayMs what a day took last; undefined where none was measured: then it is one day
 * @param leftMs time until work must end
 * @returns none where not even one day fits
 */
export function nextBatch(
  due: readonly string[],
  dayMs: number | undefined,
  leftMs: number,
): string[] {
  const most = dayMs === undefined ? 1 : roomFor(dayMs, leftMs);
  const batch: string[] = [];
  for (const day of due) {
    if (batch.length >= most || (batch.length > 0 && day !== dayAfter(batch.at(-1)!))) break;
    batch.push(day);
  }
  return batch;
}

function roomFor(dayMs: number, leftMs: number): number {
  const safe = leftMs * SAFE_SHARE;
  if (safe <= dayMs) return 0;
  return Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(Math.min(safe, LONGEST_BATCH_MS) / dayMs)));
}

/**
 * Tells which of the days that were asked for together a record belongs to: the day of its own time.
 * One that has no time, or one of another day (it came late), is counted where the stream is, for
 * streams come in the order of time.
 */
export function createDayFinder({ start, end }: DateRange): (own: string | undefined) => string {
  let current = start;
  return (own) => {
    if (own !== undefined && own >= start && own <= end) current = own;
    return current;
  };
}

/** The UTC day of an RFC 3339 time; undefined for anything else. */
export function timeDay(time: unknown): string | undefined {
  if (typeof time !== 'string') return undefined;
  // Most times are written in UTC.
  if (time.endsWith('Z') && /^\d{4}-\d\d-\d\dT/.test(time)) return time.slice(0, 10);
  const moment = new Date(time);
  return Number.isNaN(moment.getTime()) ? undefined : dayOf(moment);
}
