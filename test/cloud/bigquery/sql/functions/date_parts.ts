/**
 * Date parts: what EXTRACT reads, *_TRUNC cuts off, *_DIFF counts and *_ADD adds, as DuckDB text.
 *
 * Source: "Date functions", "Datetime functions", "Time functions", "Timestamp functions".
 */
import type { BqType } from '../../types.ts';
import type { DatePart } from '../parse/ast.ts';

export type Timed = 'DATE' | 'DATETIME' | 'TIME' | 'TIMESTAMP';

const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

/** The day that a week begins with, 0 for Sunday; undefined for a part that is no week. */
function weekStart(part: DatePart): number | undefined {
  const name = part.text.toUpperCase();
  if (name === 'ISOWEEK' && part.weekday === undefined) return 1;
  if (name !== 'WEEK') return undefined;
  const index = part.weekday === undefined ? 0 : WEEKDAYS.indexOf(part.weekday.toUpperCase());
  return index < 0 ? undefined : index;
}

/** The name of a part; '' for one with a weekday that only WEEK may have. */
const nameOf = (part: DatePart): string =>
  part.weekday === undefined ? part.text.toUpperCase() : '';

/** Days since the last weekday of that number. */
const sinceWeekday = (sql: string, weekday: number): string =>
  `((dayofweek(${sql}) - ${weekday} + 7) % 7)`;

// --- EXTRACT -------------------------------------------------------------------------------------

const DATE_FIELDS: Record<string, string> = {
  YEAR: 'year($1)',
  ISOYEAR: 'isoyear($1)',
  QUARTER: 'quarter($1)',
  MONTH: 'month($1)',
  DAY: 'day($1)',
  DAYOFYEAR: 'dayofyear($1)',
  DAYOFWEEK: '(dayofweek($1) + 1)',
};

const TIME_FIELDS: Record<string, string> = {
  HOUR: 'hour($1)',
  MINUTE: 'minute($1)',
  SECOND: 'second($1)',
  MILLISECOND: '(microsecond($1) % 1000000 // 1000)',
  MICROSECOND: '(microsecond($1) % 1000000)',
};

const INTERVAL_FIELDS: Record<string, string> = {
  YEAR: 'year($1)',
  MONTH: 'month($1)',
  DAY: 'day($1)',
  HOUR: 'hour($1)',
  MINUTE: 'minute($1)',
  SECOND: 'second($1)',
  MILLISECOND: '(microsecond($1) % 1000000 // 1000)',
  MICROSECOND: '(microsecond($1) % 1000000)',
};

const WHOLE: Record<string, string> = {
  DATE: 'CAST($1 AS DATE)',
  TIME: 'CAST($1 AS TIME)',
  DATETIME: '$1',
};

/** Reads a part; `$1` is the wall clock of a TIMESTAMP. Undefined for a part that the type lacks. */
export function extractTemplate(part: DatePart, type: BqType): string | undefined {
  const name = nameOf(part);
  const { kind } = type;
  if (kind === 'INTERVAL') return wide(INTERVAL_FIELDS[name]);
  if (kind === 'TIME') return wide(TIME_FIELDS[name]);
  if (kind !== 'DATE' && kind !== 'DATETIME' && kind !== 'TIMESTAMP') return undefined;
  if (kind !== 'DATE') {
    const whole = kind === 'DATETIME' && name === 'DATETIME' ? undefined : WHOLE[name];
    if (whole) return whole;
    if (TIME_FIELDS[name]) return wide(TIME_FIELDS[name]);
  }
  return wide(DATE_FIELDS[name] ?? weekNumber(part));
}

const wide = (sql: string | undefined): string | undefined => sql && `CAST(${sql} AS BIGINT)`;

/** ISO weeks have their own count; others are counted from the first such weekday of the year. */
function weekNumber(part: DatePart): string | undefined {
  if (nameOf(part) === 'ISOWEEK') return 'week($1)';
  const start = weekStart(part);
  if (start === undefined) return undefined;
  return `((dayofyear($1) + 6 - ${sinceWeekday('$1', start)}) // 7)`;
}

// --- TRUNC ---------------------------------------------------------------------------------------

const DATE_UNITS = ['YEAR', 'ISOYEAR', 'QUARTER', 'MONTH', 'DAY'];
const TIME_UNITS = ['HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND'];

/** Cuts off what is smaller than a part; for TIMESTAMP `$1` is its wall clock, as is the result. */
export function truncTemplate(part: DatePart, type: Timed): string | undefined {
  const name = nameOf(part);
  const physical = type === 'TIMESTAMP' || type === 'DATETIME' ? 'TIMESTAMP' : type;
  if (type === 'TIME') {
    // DuckDB truncates no times of day.
    return TIME_UNITS.includes(name)
      ? `CAST(date_trunc('${name}', DATE '1970-01-01' + $1) AS TIME)`
      : undefined;
  }
  const start = weekStart(part);
  if (start !== undefined) {
    const days = `CAST(${sinceWeekday('$1', start)} AS INTEGER)`;
    return `CAST(CAST($1 AS DATE) - ${days} AS ${physical})`;
  }
  const units = type === 'DATE' ? DATE_UNITS : [...DATE_UNITS, ...TIME_UNITS];
  return units.includes(name) ? `CAST(date_trunc('${name}', $1) AS ${physical})` : undefined;
}

// --- DIFF ----------------------------------------------------------------------------------------

const MICROS: Record<string, bigint> = {
  MICROSECOND: 1n,
  MILLISECOND: 1_000n,
  SECOND: 1_000_000n,
  MINUTE: 60_000_000n,
  HOUR: 3_600_000_000n,
  DAY: 86_400_000_000n,
};

/** `$1 - $2` in whole units or in boundaries passed, as the type counts. */
export function diffTemplate(part: DatePart, type: Timed): string | undefined {
  const name = nameOf(part);
  const unit = MICROS[name];
  if (type === 'TIMESTAMP') {
    return unit === undefined ? undefined : `((epoch_us($1) - epoch_us($2)) // ${unit})`;
  }
  if (unit !== undefined && name !== 'DAY' && type !== 'DATE') {
    return `(${boundaries('$1', unit)} - ${boundaries('$2', unit)})`;
  }
  return type === 'TIME' ? undefined : wide(dateDiff(part));
}

/** The number of units since the epoch, rounded down. */
const boundaries = (sql: string, unit: bigint): string => floorDivide(`epoch_us(${sql})`, unit);

/** Divides integers and rounds down; DuckDB's `//` rounds towards zero. */
export const floorDivide = (sql: string, unit: bigint): string =>
  unit === 1n ? sql : `((${sql} - (${sql} % ${unit} + ${unit}) % ${unit}) // ${unit})`;

function dateDiff(part: DatePart): string | undefined {
  const start = weekStart(part);
  if (start !== undefined) {
    const week = (sql: string) =>
      `(CAST(${sql} AS DATE) - CAST(${sinceWeekday(sql, start)} AS INTEGER))`;
    return `((${week('$1')} - ${week('$2')}) // 7)`;
  }
  switch (nameOf(part)) {
    case 'DAY':
      return '(CAST($1 AS DATE) - CAST($2 AS DATE))';
    case 'MONTH':
      return '(year($1) * 12 + month($1) - year($2) * 12 - month($2))';
    case 'QUARTER':
      return '(year($1) * 4 + quarter($1) - year($2) * 4 - quarter($2))';
    case 'YEAR':
      return '(year($1) - year($2))';
    case 'ISOYEAR':
      return '(isoyear($1) - isoyear($2))';
    default:
      return undefined;
  }
}

// --- ADD -----------------------------------------------------------------------------------------

const MONTHS: Record<string, number> = { MONTH: 1, QUARTER: 3, YEAR: 12 };
const DAYS: Record<string, number> = { DAY: 1, WEEK: 7 };

const BOUNDS = {
  DATE: ["DATE '0001-01-01'", "DATE '9999-12-31'"],
  DATETIME: ["TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"],
  TIMESTAMP: [
    "TIMESTAMPTZ '0001-01-01 00:00:00+00'",
    "TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'",
  ],
} as const;

/** A value that must lie within the years 1 to 9999. */
export function within(type: keyof typeof BOUNDS, sql: string, doing: string): string {
  const [first, last] = BOUNDS[type];
  const problem = `CAST(bq_raise('${doing} causes ${type.toLowerCase()} overflow') AS ${first.split(' ')[0]})`;
  return `(CASE WHEN ${sql} NOT BETWEEN ${first} AND ${last} THEN ${problem} ELSE ${sql} END)`;
}

/** `$1` with `$2` parts added, or taken off if `sign` is `-`. */
export function addTemplate(part: DatePart, type: Timed, sign: '' | '-'): string | undefined {
  const name = nameOf(part);
  const count = sign === '-' ? '(-($2))' : '$2';
  const doing = `${sign === '-' ? 'Subtracting' : 'Adding'} ${name}`;
  if (type === 'TIME') {
    const unit = name === 'DAY' ? undefined : MICROS[name];
    return unit === undefined
      ? undefined
      : `($1 + to_microseconds(${count} % ${86_400_000_000n / unit} * ${unit}))`;
  }
  const months = type === 'TIMESTAMP' ? undefined : MONTHS[name];
  if (months !== undefined) {
    const added = `$1 + to_months(CAST(${count} * ${months} AS INTEGER))`;
    return within(type, type === 'DATE' ? `CAST(${added} AS DATE)` : `(${added})`, doing);
  }
  const days = type === 'TIMESTAMP' && name === 'WEEK' ? undefined : DAYS[name];
  if (type === 'DATE') {
    return days === undefined
      ? undefined
      : within('DATE', `($1 + CAST(${count} * ${days} AS INTEGER))`, doing);
  }
  const micros = days === undefined ? MICROS[name] : BigInt(days) * MICROS.DAY!;
  if (micros === undefined) return undefined;
  const make = type === 'TIMESTAMP' ? 'make_timestamptz' : 'make_timestamp';
  return within(type, `${make}(epoch_us($1) + ${count} * ${micros})`, doing);
}

/** An INTERVAL of `$1` parts. */
export const INTERVAL_PARTS: Record<string, string> = {
  YEAR: 'to_months(CAST($1 * 12 AS INTEGER))',
  QUARTER: 'to_months(CAST($1 * 3 AS INTEGER))',
  MONTH: 'to_months(CAST($1 AS INTEGER))',
  WEEK: 'to_days(CAST($1 * 7 AS INTEGER))',
  DAY: 'to_days(CAST($1 AS INTEGER))',
  HOUR: 'to_microseconds($1 * 3600000000)',
  MINUTE: 'to_microseconds($1 * 60000000)',
  SECOND: 'to_microseconds($1 * 1000000)',
  MILLISECOND: 'to_microseconds($1 * 1000)',
  MICROSECOND: 'to_microseconds($1)',
};

// --- Last day ------------------------------------------------------------------------------------

/** The last day of the part that a DATE lies in. */
export function lastDayTemplate(part: DatePart): string | undefined {
  const start = weekStart(part);
  if (start !== undefined) {
    return `($1 + CAST(6 - ${sinceWeekday('$1', start)} AS INTEGER))`;
  }
  switch (nameOf(part)) {
    case 'MONTH':
      return 'last_day($1)';
    case 'QUARTER':
      return "CAST(date_trunc('quarter', $1) + to_months(3) - to_days(1) AS DATE)";
    case 'YEAR':
      return 'make_date(year($1), 12, 31)';
    case 'ISOYEAR':
      // The day before the first Monday of the next ISO year, which holds January 4.
      return "(CAST(date_trunc('week', make_date(isoyear($1) + 1, 1, 4)) AS DATE) - 1)";
    default:
      return undefined;
  }
}
