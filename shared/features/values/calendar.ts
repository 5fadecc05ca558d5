/**
 * The proleptic Gregorian calendar in UTC, on days and microseconds since 1970-01-01.
 *
 * Source: "Date functions" and "Timestamp functions" of the GoogleSQL reference; the conversion
 * between days and years is Howard Hinnant's ("chrono-compatible low-level date algorithms").
 */

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const WEEKDAYS = [
  'SUNDAY',
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
] as const;

export interface Civil {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/** Days since 1970-01-01; a day beyond the month's end counts on into the next month. */
export function daysOf({ year, month, day }: Civil): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function civilOf(days: number): Civil {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9);
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

export const MIN_DATE = daysOf({ year: 1, month: 1, day: 1 });
export const MAX_DATE = daysOf({ year: 9999, month: 12, day: 31 });

/** The day that a moment falls on. */
export const dayOf = (micros: number): number => Math.floor(micros / DAY);

/** The first day of a year. */
export const newYear = (year: number): number => daysOf({ year, month: 1, day: 1 });

/** 0 for Sunday; 1970-01-01 was a Thursday. */
const weekdayOf = (days: number): number => (((days + 4) % 7) + 7) % 7;

/** The last such weekday at or before the day. */
const startOfWeek = (days: number, weekday: number): number =>
  days - ((weekdayOf(days) - weekday + 7) % 7);

/** The year that the Thursday of the day's Monday-to-Sunday week falls in. */
const isoYearOf = (days: number): number => civilOf(startOfWeek(days, 1) + 3).year;

/** The Monday of the week that holds 4 January. */
const startOfIsoYear = (year: number): number => startOfWeek(newYear(year) + 3, 1);

/** A granularity of DATE_DIFF and DATE_TRUNC: periods numbered in order, and where one begins. */
interface Period {
  readonly number: (days: number) => number;
  readonly start: (days: number) => number;
}

const week = (weekday: number): Period => ({
  // 1969-12-28 was a Sunday, day -4.
  number: (days) => Math.floor((days + 4 - weekday) / 7),
  start: (days) => startOfWeek(days, weekday),
});

const months = (size: number): Period => {
  const number = (days: number) => {
    const { year, month } = civilOf(days);
    return Math.floor((year * 12 + month - 1) / size);
  };
  const start = (days: number) => {
    const first = number(days) * size;
    return daysOf({ year: Math.floor(first / 12), month: (first % 12) + 1, day: 1 });
  };
  return { number, start };
};

const WEEKS: readonly (readonly [string, number])[] = WEEKDAYS.map((name, i) => [
  `WEEK(${name})`,
  i,
]);

/** Date granularities by name; `WEEK` is `WEEK(SUNDAY)`. */
export const PERIODS: ReadonlyMap<string, Period> = new Map<string, Period>([
  ['DAY', { number: (days) => days, start: (days) => days }],
  ['WEEK', week(0)],
  ['ISOWEEK', week(1)],
  ...WEEKS.map(([name, weekday]) => [name, week(weekday)] as const),
  ['MONTH', months(1)],
  ['QUARTER', months(3)],
  ['YEAR', months(12)],
  ['ISOYEAR', { number: isoYearOf, start: (days) => startOfIsoYear(isoYearOf(days)) }],
]);

/** Granularities shorter than a day, in microseconds. */
export const UNITS: ReadonlyMap<string, number> = new Map([
  ['MICROSECOND', 1],
  ['MILLISECOND', 1000],
  ['SECOND', SECOND],
  ['MINUTE', MINUTE],
  ['HOUR', HOUR],
]);

/** A part that EXTRACT gives, and the values it can have. */
interface Part {
  readonly of: (days: number) => number;
  /** Undefined: it grows with the day. */
  readonly range?: readonly [low: number, high: number];
}

/** Days before the first such weekday of the year are in week 0. */
const weekOfYear = (weekday: number): Part => ({
  of: (days) => {
    const dayOfYear = days - newYear(civilOf(days).year);
    return Math.floor((dayOfYear + 7 - ((weekdayOf(days) - weekday + 7) % 7)) / 7);
  },
  range: [0, 53],
});

/** Parts of a date that EXTRACT gives. */
export const DATE_PARTS: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['YEAR', { of: (days) => civilOf(days).year }],
  ['ISOYEAR', { of: isoYearOf }],
  ['QUARTER', { of: (days) => Math.floor((civilOf(days).month + 2) / 3), range: [1, 4] }],
  ['MONTH', { of: (days) => civilOf(days).month, range: [1, 12] }],
  ['WEEK', weekOfYear(0)],
  ...WEEKS.map(([name, weekday]) => [name, weekOfYear(weekday)] as const),
  [
    'ISOWEEK',
    { of: (days) => Math.floor((days - startOfIsoYear(isoYearOf(days))) / 7) + 1, range: [1, 53] },
  ],
  ['DAYOFWEEK', { of: (days) => weekdayOf(days) + 1, range: [1, 7] }],
  ['DAY', { of: (days) => civilOf(days).day, range: [1, 31] }],
  ['DAYOFYEAR', { of: (days) => days - newYear(civilOf(days).year) + 1, range: [1, 366] }],
]);

const floorModulo = (x: number, y: number): number => x - Math.floor(x / y) * y;

const timePart = (unit: number, count: number) => ({
  of: (micros: number) => Math.floor(floorModulo(micros, unit * count) / unit),
  range: [0, count - 1] as const,
});

/** Parts of a time of day that EXTRACT gives, from microseconds. */
export const TIME_PARTS: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['HOUR', timePart(HOUR, 24)],
  ['MINUTE', timePart(MINUTE, 60)],
  ['SECOND', timePart(SECOND, 60)],
  ['MILLISECOND', timePart(1000, 1000)],
  ['MICROSECOND', timePart(1, SECOND)],
]);
