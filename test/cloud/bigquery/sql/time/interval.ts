/**
 * INTERVAL values. Source: "Interval type" of the GoogleSQL reference; months, days and microseconds
 * are kept apart, as DuckDB does.
 */
import { InvalidText } from './parse.ts';

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

const YEAR_MONTH = String.raw`([+-]?)(\d+)-(\d+)`;
const DAY = String.raw`([+-]?\d+)`;
/** Which parts a text has, by its spaces, colons, and dashes behind digits. */
const PARTS_BY_SHAPE: Readonly<Record<string, readonly [from: string, to: string]>> = {
  '2 2 1': ['YEAR', 'SECOND'],
  '2 1 1': ['YEAR', 'MINUTE'],
  '2 0 1': ['YEAR', 'HOUR'],
  '1 0 1': ['YEAR', 'DAY'],
  '0 0 1': ['YEAR', 'MONTH'],
  '2 0 0': ['MONTH', 'HOUR'],
  '2 1 0': ['MONTH', 'MINUTE'],
  '2 2 0': ['MONTH', 'SECOND'],
  '1 1 0': ['DAY', 'MINUTE'],
  '1 2 0': ['DAY', 'SECOND'],
  '0 2 0': ['HOUR', 'SECOND'],
};

/**
 * CAST of a text: `[-]Y-M [-]D [-]H:M:S[.F]`, a part of that which is clear by its form, or an ISO
 * 8601 duration such as `P1Y2M3DT4H5M6.7S`. Source: googlesql, interval_value.cc.
 * @throws {InvalidText}
 */
export function parseInterval(text: string): Interval {
  if (text.startsWith('P')) return parseDuration(text);
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  const parts = PARTS_BY_SHAPE[`${count(/ /g)} ${count(/:/g)} ${count(/\d-/g)}`];
  if (!parts) throw new InvalidText(`Invalid INTERVAL value '${text}'`);
  return parseParts(text, ...parts);
}

/** Months, days or microseconds of one unit, before T and after it. */
const DURATION_UNITS: Readonly<Record<string, readonly [kind: keyof Interval, size: number]>> = {
  Y: ['months', 12],
  M: ['months', 1],
  W: ['days', 7],
  D: ['days', 1],
  TH: ['micros', 3_600_000_000],
  TM: ['micros', 60_000_000],
  TS: ['micros', 1_000_000],
};

function parseDuration(text: string): Interval {
  if (!/^P(?:T?-?\d+(?:[.,]\d*)?[A-Z])*$/.test(text) || text === 'P') {
    throw new InvalidText(`Invalid INTERVAL value '${text}'`);
  }
  let [months, days, micros, time] = [0, 0, 0n, ''];
  for (const [, T, sign, whole, fraction, unit] of text.matchAll(
    /(T?)(-?)(\d+)(?:[.,](\d*))?([A-Z])/g,
  )) {
    if (T && time) throw new InvalidText(`Invalid INTERVAL value '${text}': duplicate 'T'`);
    time ||= T!;
    const [kind, size] = DURATION_UNITS[time + unit!] ?? [];
    if (!size || (fraction !== undefined && unit !== 'S') || (fraction ?? '').length > 6) {
      throw new InvalidText(`Invalid INTERVAL value '${text}': unexpected '${unit}'`);
    }
    const amount = BigInt(whole!) * BigInt(size) + BigInt((fraction ?? '').padEnd(6, '0'));
    const signed = sign ? -amount : amount;
    if (kind === 'months') months += Number(signed);
    else if (kind === 'days') days += Number(signed);
    else micros += signed;
  }
  return { months, days, micros };
}

function monthsOf(sign: string, years: string, months: string): number {
  const size = Number(years) * 12 + Number(months);
  return sign === '-' ? -size : size;
}

function clockOf(
  sign: string,
  hours: string,
  minutes: string,
  seconds: string,
  fraction = '',
): bigint {
  const whole = BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds);
  const size = whole * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  return sign === '-' ? -size : size;
}

const PARTS = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'] as const;

/** Text of the parts from one to another: `'1-2 3'` from YEAR to DAY. @throws {InvalidText} */
export function parseParts(text: string, from: string, to: string): Interval {
  const [first, last] = [from, to].map((part) => (PARTS as readonly string[]).indexOf(part));
  const wrong = () => new InvalidText(`Invalid INTERVAL value '${text}' from ${from} to ${to}`);
  if (first === undefined || last === undefined || first < 0 || last <= first) throw wrong();
  const yearMonth =
    first <= 1 && last >= 1 ? (first === 0 ? YEAR_MONTH : String.raw`([+-]?)()(\d+)`) : undefined;
  const clock = last >= 3 ? clockPattern(Math.max(first, 3), last) : undefined;
  const day = first <= 2 && last >= 2 ? DAY : undefined;
  const pattern = [yearMonth, day, clock].filter((part) => part !== undefined).join(' ');
  const match = new RegExp(`^${pattern}$`).exec(text);
  if (!match) throw wrong();
  const groups = match.slice(1);
  const months = yearMonth ? monthsOf(...(groups.splice(0, 3) as [string, string, string])) : 0;
  const days = day ? Number(groups.splice(0, 1)[0]) : 0;
  const micros = clock ? clockFrom(groups, Math.max(first, 3), last) : 0n;
  return { months, days, micros };
}

function clockPattern(first: number, last: number): string {
  const units = Array.from({ length: last - first + 1 }, () => String.raw`(\d+)`).join(':');
  return `([+-]?)${units}${last === 5 ? String.raw`(?:\.(\d{1,6}))?` : ''}`;
}

function clockFrom(groups: readonly (string | undefined)[], first: number, last: number): bigint {
  const [sign, ...units] = groups;
  const values = ['0', '0', '0'];
  for (let i = first; i <= last; i++) values[i - 3] = units[i - first]!;
  const fraction = last === 5 ? units[last - first + 1] : undefined;
  return clockOf(sign ?? '', values[0]!, values[1]!, values[2]!, fraction);
}

const DAY_MICROS = 86_400_000_000n;

/** Turns 24 hours into a day, 30 days into a month, or both; all parts end with one sign. */
export function justify(what: string, { months, days, micros }: Interval): Interval {
  let total = micros;
  let wholeDays = days;
  let wholeMonths = months;
  if (what !== 'DAYS') {
    wholeDays += Number(total / DAY_MICROS);
    total %= DAY_MICROS;
  }
  if (what !== 'HOURS') {
    wholeMonths += Math.trunc(wholeDays / 30);
    wholeDays %= 30;
  }
  if (
    what !== 'HOURS' &&
    wholeMonths > 0 &&
    (wholeDays < 0 || (wholeDays === 0 && total < 0n && what === 'INTERVAL'))
  ) {
    wholeMonths--;
    wholeDays += 30;
  } else if (
    what !== 'HOURS' &&
    wholeMonths < 0 &&
    (wholeDays > 0 || (wholeDays === 0 && total > 0n && what === 'INTERVAL'))
  ) {
    wholeMonths++;
    wholeDays -= 30;
  }
  if (what !== 'DAYS' && wholeDays > 0 && total < 0n) {
    wholeDays--;
    total += DAY_MICROS;
  } else if (what !== 'DAYS' && wholeDays < 0 && total > 0n) {
    wholeDays++;
    total -= DAY_MICROS;
  }
  return { months: wholeMonths, days: wholeDays, micros: total };
}

/** Divides each part; what is left of a month becomes days, of a day microseconds. */
export function divideInterval({ months, days, micros }: Interval, by: bigint): Interval {
  if (by === 0n) throw new InvalidText('division by zero: INTERVAL / 0');
  const divisor = Number(by);
  const wholeMonths = Math.trunc(months / divisor);
  const allDays = days + (months - wholeMonths * divisor) * 30;
  const wholeDays = Math.trunc(allDays / divisor);
  const rest = micros + BigInt(allDays - wholeDays * divisor) * DAY_MICROS;
  return { months: wholeMonths, days: wholeDays, micros: rest / by };
}
