import { Refusal } from '../errors.ts';
import { proven, rising, shown } from '../graph/range.ts';
import { signatures } from '../graph/signature.ts';
import type { Literal, Range, Type } from '../types.ts';
import {
  DATE_PARTS,
  DAY,
  dayOf,
  MAX_DATE,
  MIN_DATE,
  PERIODS,
  SECOND,
  TIME_PARTS,
  UNITS,
} from '../values/calendar.ts';
import { number1, number2, type Op, type Site, strict } from './op.ts';

type Moment = (x: number) => number;

/** Refuses a date part that is not one of these. */
const onePart =
  (what: string, namesOf: (of: Type) => readonly string[]) =>
  (settings: readonly Literal[], of: Type): void => {
    const names = namesOf(of);
    if (settings.length === 1 && names.includes(String(settings[0]))) return;
    throw new Refusal(
      `${what} of ${of} does not support the part ${settings.join(', ')}`,
      `Its parts are ${names.join(', ')}.`,
    );
  };

const partOf = ({ settings }: { settings: readonly Literal[] }): string => String(settings[0]);

/** A function of days, for DATE as it is and for TIMESTAMP on the UTC day. */
const onDays = (f: Moment, of: Type): Moment => (of === 'TIMESTAMP' ? (x) => f(dayOf(x)) : f);

function extraction(part: string, of: Type): { f: Moment; range: (x: Range) => Range } {
  const found = DATE_PARTS.get(part) ?? TIME_PARTS.get(part)!;
  const f = DATE_PARTS.has(part) ? onDays(found.of, of) : found.of;
  const [low, high] = found.range ?? [];
  return { f, range: (x) => (low === undefined ? rising(f, x) : { low, high: high! }) };
}

/** The unit of TIMESTAMP_DIFF in microseconds: a day is 24 hours. */
const unitOf = (part: string): number => UNITS.get(part) ?? DAY;

function truncation(part: string, of: Type): Moment {
  const unit = UNITS.get(part);
  if (unit !== undefined) return (x) => Math.floor(x / unit) * unit;
  const { start } = PERIODS.get(part)!;
  return of === 'TIMESTAMP' ? (x) => start(dayOf(x)) * DAY : start;
}

/** Refuses moments that are no longer exact, and dates before the first or after the last. */
function provenMoment(range: Range, of: Type, sql: string, from: Range): Range {
  if (of === 'TIMESTAMP') return proven('INT64', range, { sql, of: [from] });
  if (range.low >= MIN_DATE && range.high <= MAX_DATE) return range;
  throw new Refusal(
    `${sql} of days ${shown(from)} can leave the years 1 to 9999`,
    'Add minimum and maximum, in days since 1970-01-01, to its inputs in the contract.',
  );
}

/** Whole units from one to the other, towards zero. */
const wholeUnits =
  (unit: number): ((x: number, y: number) => number) =>
  (x, y) =>
    Math.trunc((x - y) / unit) + 0;

function periodsBetween(part: string): (x: number, y: number) => number {
  const { number } = PERIODS.get(part)!;
  return (x, y) => number(x) - number(y);
}

const unixTime = (name: string, unit: number): Op =>
  strict({
    sql: `function ${name}`,
    signatures: signatures('TIMESTAMP -> INT64'),
    range: ({ args: [x] }) => rising((micros) => Math.floor(micros / unit), x!),
    link: number1((micros) => Math.floor(micros / unit)),
  });

const UNIT_NAMES = [...UNITS.keys(), 'DAY'];
const TRUNCATIONS = { DATE: [...PERIODS.keys()], TIMESTAMP: [...UNITS.keys(), ...PERIODS.keys()] };
const EXTRACTIONS = {
  DATE: [...DATE_PARTS.keys()],
  TIMESTAMP: [...DATE_PARTS.keys(), ...TIME_PARTS.keys()],
};

const isTimestamp = (of: Type): 'TIMESTAMP' | 'DATE' => (of === 'TIMESTAMP' ? of : 'DATE');

const linkPart = (f: (part: string, of: Type) => Moment) => (site: Site) =>
  number1(f(partOf(site), site.of))(site);

export const TIME = {
  extract: strict({
    sql: 'function EXTRACT',
    signatures: signatures('DATE -> INT64', 'TIMESTAMP -> INT64'),
    settings: onePart('EXTRACT', (of) => EXTRACTIONS[isTimestamp(of)]),
    range: (given) => extraction(partOf(given), given.args[0]!.type).range(given.args[0]!),
    link: linkPart((part, of) => extraction(part, of).f),
  }),
  truncate: strict({
    sql: 'function DATE_TRUNC',
    signatures: signatures('DATE -> DATE', 'TIMESTAMP -> TIMESTAMP'),
    settings: onePart('DATE_TRUNC', (of) => TRUNCATIONS[isTimestamp(of)]),
    range: (given) => {
      const [x] = given.args;
      const range = rising(truncation(partOf(given), x!.type), x!);
      return provenMoment(range, x!.type, given.sql, x!);
    },
    link: linkPart(truncation),
  }),
  date_diff: strict({
    sql: 'function DATE_DIFF',
    signatures: signatures('DATE DATE -> INT64'),
    settings: onePart('DATE_DIFF', () => [...PERIODS.keys()]),
    range: (given) => {
      const [x, y] = given.args;
      const f = periodsBetween(partOf(given));
      return { low: f(x!.low, y!.high), high: f(x!.high, y!.low) };
    },
    link: (site) => number2(periodsBetween(partOf(site)))(site),
  }),
  timestamp_diff: strict({
    sql: 'function TIMESTAMP_DIFF',
    signatures: signatures('TIMESTAMP TIMESTAMP -> INT64'),
    settings: onePart('TIMESTAMP_DIFF', () => UNIT_NAMES),
    range: (given) => {
      const [x, y] = given.args;
      const micros = { low: x!.low - y!.high, high: x!.high - y!.low };
      proven('INT64', micros, { sql: `${given.sql} in microseconds`, of: [x!, y!] });
      const f = wholeUnits(unitOf(partOf(given)));
      return { low: f(x!.low, y!.high), high: f(x!.high, y!.low) };
    },
    link: (site) => number2(wholeUnits(unitOf(partOf(site))))(site),
  }),
  date: strict({
    sql: 'function DATE',
    signatures: signatures('TIMESTAMP -> DATE'),
    range: ({ args: [x] }) => rising(dayOf, x!),
    link: number1(dayOf),
  }),
  unix_seconds: unixTime('UNIX_SECONDS', SECOND),
  unix_millis: unixTime('UNIX_MILLIS', 1000),
  unix_micros: unixTime('UNIX_MICROS', 1),
  unix_date: strict({
    sql: 'function UNIX_DATE',
    signatures: signatures('DATE -> INT64'),
    range: ({ args: [x] }) => x!,
    link: number1((x) => x),
  }),
} satisfies Record<string, Op>;
