/**
 * FORMAT_DATE and its like. Source: "Format elements" of the GoogleSQL reference, for date and time
 * parts. An element that a type does not have stands in the result as it is written.
 */
import { type Fields, fieldsOf, isoWeek, MONTHS, WEEKDAYS, weekOfYear } from './fields.ts';
import { InvalidText } from './parse.ts';
import { UTC, wallMicros, type Zone } from './zones.ts';

export type Formatted = 'DATE' | 'TIME' | 'DATETIME' | 'TIMESTAMP';

interface Moment extends Fields {
  readonly epochSeconds: bigint;
  readonly zone: Zone;
}

const two = (n: number): string => String(n).padStart(2, '0');
const spaced = (n: number): string => String(n).padStart(2, ' ');
const half = (hour: number): number => hour % 12 || 12;

/** What each element shows; those made of others are spelt out in `COMPOSED`. */
const ELEMENTS: Record<string, (m: Moment) => string> = {
  A: (m) => WEEKDAYS[m.weekday]!,
  a: (m) => WEEKDAYS[m.weekday]!.slice(0, 3),
  B: (m) => MONTHS[m.month - 1]!,
  b: (m) => MONTHS[m.month - 1]!.slice(0, 3),
  h: (m) => MONTHS[m.month - 1]!.slice(0, 3),
  C: (m) => two(Math.floor(m.year / 100)),
  d: (m) => two(m.day),
  e: (m) => spaced(m.day),
  G: (m) => String(isoWeek(m).year),
  g: (m) => two(isoWeek(m).year % 100),
  H: (m) => two(m.hour),
  I: (m) => two(half(m.hour)),
  J: (m) => String(isoDayOfYear(m)).padStart(3, '0'),
  j: (m) => String(m.dayOfYear).padStart(3, '0'),
  k: (m) => spaced(m.hour),
  l: (m) => spaced(half(m.hour)),
  M: (m) => two(m.minute),
  m: (m) => two(m.month),
  P: (m) => (m.hour < 12 ? 'am' : 'pm'),
  p: (m) => (m.hour < 12 ? 'AM' : 'PM'),
  Q: (m) => String(Math.ceil(m.month / 3)),
  S: (m) => two(m.second),
  s: (m) => String(m.epochSeconds),
  U: (m) => two(weekOfYear(m, 0)),
  u: (m) => String(m.weekday || 7),
  V: (m) => two(isoWeek(m).week),
  W: (m) => two(weekOfYear(m, 1)),
  w: (m) => String(m.weekday),
  Y: (m) => String(m.year),
  y: (m) => two(m.year % 100),
  Z: zoneText,
  z: (m) => offsetText(m, ''),
  Ez: (m) => offsetText(m, ':'),
  E4Y: (m) => String(m.year).padStart(4, '0'),
};

const COMPOSED: Record<string, string> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  x: '%m/%d/%y',
};

/** `UTC`, `UTC-7`, `UTC+0530`. */
function zoneText({ zone, epochSeconds }: Moment): string {
  const minutes = Math.trunc(zone.offset(Number(epochSeconds)) / 60);
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  const hours = Math.floor(size / 60);
  const shown = size % 60 === 0 ? String(hours) : two(hours) + two(size % 60);
  return `UTC${minutes < 0 ? '-' : '+'}${shown}`;
}

const TIME_ELEMENTS = new Set('c H I k l M P p R S s T X'.split(' '));
const ZONE_ELEMENTS = new Set(['Z', 'z', 'Ez']);
const TIME_ONLY = new Set('H I k l M P p R S T X'.split(' '));

function exists(element: string, type: Formatted): boolean {
  const isSecond = /^E[\d*]+S$/.test(element);
  if (type === 'TIME') return isSecond || TIME_ONLY.has(element);
  if (type === 'DATE')
    return !isSecond && !TIME_ELEMENTS.has(element) && !ZONE_ELEMENTS.has(element);
  return type === 'TIMESTAMP' || !ZONE_ELEMENTS.has(element);
}

function isoDayOfYear(m: Moment): number {
  const { week } = isoWeek(m);
  return (week - 1) * 7 + ((m.weekday + 6) % 7) + 1;
}

function offsetText(m: Moment, colon: string): string {
  const offset = m.zone.offset(Number(m.epochSeconds));
  const minutes = Math.floor(Math.abs(offset) / 60);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
}

function seconds(m: Moment, digits: string): string {
  const fraction = String(m.micros).padStart(6, '0');
  if (digits === '*') {
    const shown = fraction.replace(/0+$/, '');
    return two(m.second) + (shown === '' ? '' : `.${shown}`);
  }
  const count = Number(digits);
  return two(m.second) + (count === 0 ? '' : `.${fraction.padEnd(count, '0').slice(0, count)}`);
}

const ELEMENT = /%(E[z]|E4Y|E(?:\d|\*)S|E?O?[A-Za-z%])|%$/g;

function render(format: string, moment: Moment, type: Formatted): string {
  return format.replace(ELEMENT, (whole, element: string | undefined) => {
    if (element === '%') return '%';
    if (element === 'n') return '\n';
    if (element === 't') return '\t';
    if (element === undefined || !exists(element, type)) return whole;
    const composed = COMPOSED[element];
    if (composed) return render(composed, moment, type);
    const precise = /^E(\d|\*)S$/.exec(element);
    if (precise) return seconds(moment, precise[1]!);
    return ELEMENTS[element]?.(moment) ?? whole;
  });
}

/** @param wall microseconds of the wall clock since 1970-01-01. */
export function formatWall(
  format: string,
  wall: bigint,
  type: 'DATE' | 'TIME' | 'DATETIME',
): string {
  checkFormat(format);
  return render(format, { ...fieldsOf(wall), epochSeconds: floorSeconds(wall), zone: UTC }, type);
}

export const formatDate = (format: string, days: number): string =>
  formatWall(format, BigInt(days) * 86_400_000_000n, 'DATE');

/** @param micros microseconds since 1970-01-01 UTC. */
export function formatTimestamp(format: string, micros: bigint, zone: Zone): string {
  checkFormat(format);
  const fields = fieldsOf(wallMicros(micros, zone));
  return render(format, { ...fields, epochSeconds: floorSeconds(micros), zone }, 'TIMESTAMP');
}

function checkFormat(format: string): void {
  if (/(?:^|[^%])(?:%%)*%$/.test(format))
    throw new InvalidText('Format string cannot end with a single %');
}

function floorSeconds(micros: bigint): bigint {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return (micros - rest) / 1_000_000n;
}
