/**
 * When a job runs: unix-cron in a time zone.
 *
 * Source: Cloud Scheduler, "Cron job format and time zone": five fields; day of the month and day
 * of the week are joined by OR unless one of them is `*`; no L. Where daylight saving time skips or
 * repeats an hour the real service promises nothing. Here, as in most crons, a job at a set time
 * runs once that day (after the gap, or at the first of two equal times), and one at an interval
 * follows the clock on the wall.
 */
import { Cron } from 'croner';
import { invalid, unsupported } from '../errors.ts';

const NUMBER = String.raw`(?:\d+|[a-z]{3})`;
const RANGE = String.raw`(?:\*|${NUMBER}-${NUMBER})(?:/\d+)?|${NUMBER}`;
const FIELD = new RegExp(`^(?:${RANGE})(?:,(?:${RANGE}))*$`, 'i');
const ENGLISH = /^(every|\d+(st|nd|rd|th)|first|second|third|fourth|fifth)\b/i;

/** @throws {ApiError} 400 for what is no schedule, 501 for the English-like format */
export function checkSchedule(schedule: string, timeZone: string): void {
  if (ENGLISH.test(schedule.trim())) {
    throw unsupported(`English-like schedules (${schedule}): write it as unix-cron (0 9 * * 1-5)`);
  }
  const wrong = (why: string) =>
    invalid(`Schedule or time zone is invalid: '${schedule}' in '${timeZone}': ${why}`, 'schedule');
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== 5) throw wrong(`five fields are needed, not ${fields.length}.`);
  const bad = fields.find((field) => !FIELD.test(field));
  if (bad !== undefined) throw wrong(`'${bad}' is not unix-cron.`);
  try {
    if (nextRun(schedule, timeZone, 0) === undefined) throw new RangeError('it never comes.');
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

/** The first time after this one, both in milliseconds; undefined where there is none. */
export function nextRun(schedule: string, timeZone: string, after: number): number | undefined {
  const cron = new Cron(schedule, { timezone: timeZone, mode: '5-part' });
  return cron.nextRun(new Date(after))?.getTime();
}

/** RFC 3339 with the offset that holds in the time zone then: `2026-03-29T03:00:00+02:00`. */
export function withOffset(time: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign = '+', hours = '00', minutes = '00'] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  if (offset === 0) return new Date(time).toISOString().replace('.000Z', 'Z');
  const local = new Date(time + offset * 60_000).toISOString().replace(/(\.000)?Z$/, '');
  return `${local}${sign}${hours}:${minutes}`;
}
