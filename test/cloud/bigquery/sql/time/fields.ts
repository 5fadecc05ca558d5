/** The parts of a point in time on a wall clock. */
import { civil, DAY_MICROS, daysOf, isLeap, splitMicros } from './civil.ts';

export const MONTHS =
  'January February March April May June July August September October November December'.split(
    ' ',
  );
export const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

export interface Fields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** From 1. */
  readonly dayOfYear: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
}

/** From microseconds of the wall clock since 1970-01-01. */
export function fieldsOf(wall: bigint): Fields {
  const { days, ofDay } = splitMicros(wall);
  const { year, month, day } = civil(days);
  const seconds = Math.floor(ofDay / 1_000_000);
  return {
    year,
    month,
    day,
    dayOfYear: days - daysOf(year, 1, 1) + 1,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    micros: ofDay % 1_000_000,
  };
}

/** Microseconds of the wall clock since 1970-01-01. */
export function wallOf(
  days: number,
  hour: number,
  minute: number,
  second: number,
  micros: number,
): bigint {
  return (
    BigInt(days) * DAY_MICROS + BigInt((hour * 3600 + minute * 60 + second) * 1_000_000 + micros)
  );
}

/** The ISO 8601 year and week: weeks begin on Monday, and belong to the year of their Thursday. */
export function isoWeek({ year, dayOfYear, weekday }: Fields): { year: number; week: number } {
  const thursday = dayOfYear + 3 - ((weekday + 6) % 7);
  if (thursday < 1) {
    const length = isLeap(year - 1) ? 366 : 365;
    return { year: year - 1, week: Math.ceil((thursday + length) / 7) };
  }
  const length = isLeap(year) ? 366 : 365;
  if (thursday > length) return { year: year + 1, week: 1 };
  return { year, week: Math.ceil(thursday / 7) };
}

/** Weeks since the first such weekday of the year; the days before it are week 0. */
export const weekOfYear = ({ dayOfYear, weekday }: Fields, start: number): number =>
  Math.floor((dayOfYear + 6 - ((weekday - start + 7) % 7)) / 7);
