/** Dates and times: zones, construction from parts, formats, intervals, series. */
import {
  civil,
  DAY_MICROS,
  daysInMonth,
  daysOf,
  FIRST_DAY,
  FIRST_MICROS,
  isDay,
  LAST_DAY,
  LAST_MICROS,
} from '../time/civil.ts';
import { wallOf } from '../time/fields.ts';
import { formatDate, formatTimestamp, formatWall } from '../time/format.ts';
import { divideInterval, type Interval, justify, parseParts } from '../time/interval.ts';
import { InvalidText, zoneNamed } from '../time/parse.ts';
import {
  parseDateBy,
  parseDatetimeBy,
  parseTimeBy,
  parseTimestampBy,
} from '../time/parse_format.ts';
import { instantMicros, wallMicros } from '../time/zones.ts';
import type { Native } from './native.ts';

function makeDate(year: bigint, month: bigint, day: bigint): number {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  if (y < 1 || y > 9999 || !isDay(y, m, d)) {
    throw new InvalidText(`Input calculates to invalid date: ${year}-${month}-${day}`);
  }
  return daysOf(y, m, d);
}

function makeTime(hour: bigint, minute: bigint, second: bigint): bigint {
  if (hour < 0n || hour > 23n || minute < 0n || minute > 59n || second < 0n || second > 59n) {
    throw new InvalidText(`Input calculates to invalid time: ${hour}:${minute}:${second}`);
  }
  return wallOf(0, Number(hour), Number(minute), Number(second), 0);
}

function inRange(micros: bigint): bigint {
  if (micros >= FIRST_MICROS && micros <= LAST_MICROS) return micros;
  throw new InvalidText('Adding the interval causes overflow');
}

/** Months on the calendar, a day past the end of a month becoming its last. */
function addMonths(days: number, months: number): number {
  const { year, month, day } = civil(days);
  const index = year * 12 + (month - 1) + months;
  const [y, m] = [Math.floor(index / 12), (((index % 12) + 12) % 12) + 1];
  return daysOf(y, m, Math.min(day, daysInMonth(y, m)));
}

function addInterval(wall: bigint, { months, days, micros }: Interval): bigint {
  const ofDay = ((wall % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  const day = Number((wall - ofDay) / DAY_MICROS);
  return inRange(BigInt(addMonths(day, months) + days) * DAY_MICROS + ofDay + micros);
}

function addToTimestamp(micros: bigint, interval: Interval): bigint {
  if (interval.months !== 0)
    throw new InvalidText(
      'TIMESTAMP +/- INTERVAL is not supported for intervals with non-zero MONTH or YEAR part',
    );
  return inRange(micros + BigInt(interval.days) * DAY_MICROS + interval.micros);
}

const MOST_ELEMENTS = 16_000_000;

function checkedStep(step: bigint): void {
  if (step === 0n) throw new InvalidText('Sequence step cannot be 0.');
}

/** Values from the first to the last, each so many steps from the first. */
function series<T extends number | bigint>(
  last: T,
  step: bigint,
  valueAt: (index: number) => T,
): T[] {
  const values: T[] = [];
  for (let i = 0; ; i++) {
    const value = valueAt(i);
    if (step > 0n ? value > last : value < last) return values;
    if (values.length >= MOST_ELEMENTS)
      throw new InvalidText('Cannot generate arrays with more than 16000000 elements');
    values.push(value);
  }
}

const MONTHS: Record<string, number> = { MONTH: 1, QUARTER: 3, YEAR: 12 };
const DAYS: Record<string, number> = { DAY: 1, WEEK: 7 };

function generateDates(first: number, last: number, step: bigint, part: string): number[] {
  checkedStep(step);
  const [months, days] = [MONTHS[part], DAYS[part]];
  if (months === undefined && days === undefined)
    throw new InvalidText(`Unsupported date part ${part} in GENERATE_DATE_ARRAY`);
  return series(last, step, (i) => {
    const count = Number(step) * i;
    const day = months === undefined ? first + count * days! : addMonths(first, count * months);
    // Beyond the calendar there is nothing more to add.
    return day < FIRST_DAY || day > LAST_DAY ? (step > 0n ? LAST_DAY + 1 : FIRST_DAY - 1) : day;
  });
}

const MICROS: Record<string, bigint> = {
  MICROSECOND: 1n,
  MILLISECOND: 1_000n,
  SECOND: 1_000_000n,
  MINUTE: 60_000_000n,
  HOUR: 3_600_000_000n,
  DAY: DAY_MICROS,
};

function generateTimestamps(first: bigint, last: bigint, step: bigint, part: string): bigint[] {
  checkedStep(step);
  const unit = MICROS[part];
  if (unit === undefined)
    throw new InvalidText(`Unsupported date part ${part} in GENERATE_TIMESTAMP_ARRAY`);
  return series(last, step, (i) => first + BigInt(i) * step * unit);
}

function generateFloats(first: number, last: number, step: number): number[] {
  if (step === 0) throw new InvalidText('Sequence step cannot be 0.');
  if (![first, last, step].every(Number.isFinite))
    throw new InvalidText('GENERATE_ARRAY takes finite numbers only');
  return series(last, step > 0 ? 1n : -1n, (i) => first + i * step);
}

function generateNumerics(first: bigint, last: bigint, step: bigint): bigint[] {
  checkedStep(step);
  return series(last, step, (i) => first + BigInt(i) * step);
}

export const TIME_NATIVES: readonly Native[] = [
  {
    name: 'wall_clock',
    signature: 'DATETIME(TIMESTAMP, STRING)',
    call: (micros: bigint, zone: string) => wallMicros(micros, zoneNamed(zone)),
  },
  {
    name: 'timestamp_of',
    signature: 'TIMESTAMP(DATETIME, STRING)',
    call: (wall: bigint, zone: string) => instantMicros(wall, zoneNamed(zone)),
  },
  { name: 'make_date', signature: 'DATE(INT64, INT64, INT64)', call: makeDate },
  { name: 'make_time', signature: 'TIME(INT64, INT64, INT64)', call: makeTime },
  {
    name: 'make_datetime',
    signature: 'DATETIME(INT64, INT64, INT64, INT64, INT64, INT64)',
    call: (
      year: bigint,
      month: bigint,
      day: bigint,
      hour: bigint,
      minute: bigint,
      second: bigint,
    ) => BigInt(makeDate(year, month, day)) * DAY_MICROS + makeTime(hour, minute, second),
  },
  { name: 'datetime_add_interval', signature: 'DATETIME(DATETIME, INTERVAL)', call: addInterval },
  {
    name: 'timestamp_add_interval',
    signature: 'TIMESTAMP(TIMESTAMP, INTERVAL)',
    call: addToTimestamp,
  },
  { name: 'interval_justify', signature: 'INTERVAL(STRING, INTERVAL)', call: justify },
  { name: 'interval_divide', signature: 'INTERVAL(INTERVAL, INT64)', call: divideInterval },
  {
    name: 'interval_between_parts',
    signature: 'INTERVAL(STRING, STRING, STRING)',
    call: parseParts,
  },
  { name: 'format_date', signature: 'STRING(STRING, DATE)', call: formatDate },
  {
    name: 'format_time',
    signature: 'STRING(STRING, TIME)',
    call: (format: string, micros: bigint) => formatWall(format, micros, 'TIME'),
  },
  {
    name: 'format_datetime',
    signature: 'STRING(STRING, DATETIME)',
    call: (format: string, wall: bigint) => formatWall(format, wall, 'DATETIME'),
  },
  {
    name: 'format_timestamp',
    signature: 'STRING(STRING, TIMESTAMP, STRING)',
    call: (format: string, micros: bigint, zone: string) =>
      formatTimestamp(format, micros, zoneNamed(zone)),
  },
  { name: 'parse_date', signature: 'DATE(STRING, STRING)', call: parseDateBy },
  { name: 'parse_time', signature: 'TIME(STRING, STRING)', call: parseTimeBy },
  { name: 'parse_datetime', signature: 'DATETIME(STRING, STRING)', call: parseDatetimeBy },
  {
    name: 'parse_timestamp',
    signature: 'TIMESTAMP(STRING, STRING, STRING)',
    call: (format: string, text: string, zone: string) =>
      parseTimestampBy(format, text, zoneNamed(zone)),
  },
  {
    name: 'generate_date',
    signature: 'ARRAY<DATE>(DATE, DATE, INT64, STRING)',
    call: generateDates,
  },
  {
    name: 'generate_timestamp',
    signature: 'ARRAY<TIMESTAMP>(TIMESTAMP, TIMESTAMP, INT64, STRING)',
    call: generateTimestamps,
  },
  {
    name: 'generate_float64',
    signature: 'ARRAY<FLOAT64>(FLOAT64, FLOAT64, FLOAT64)',
    call: generateFloats,
  },
  {
    name: 'generate_numeric',
    signature: 'ARRAY<NUMERIC>(NUMERIC, NUMERIC, NUMERIC)',
    call: generateNumerics,
  },
];
