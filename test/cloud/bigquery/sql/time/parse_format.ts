/**
 * PARSE_DATE and its like: text by a format.
 *
 * Source: "Format elements" of the GoogleSQL reference; "Date functions" (PARSE_DATE). What a
 * format does not set is taken from 1970-01-01 00:00:00; a later element overrides an earlier one.
 */
import { DAY_MICROS, daysOf, FIRST_MICROS, isDay, isLeap, LAST_MICROS } from './civil.ts';
import { MONTHS, WEEKDAYS, wallOf } from './fields.ts';
import type { Formatted } from './format.ts';
import { InvalidText, zoneNamed } from './parse.ts';
import { findZone, instantMicros, UTC, type Zone } from './zones.ts';

interface Parsed {
  year: number;
  century: number | undefined;
  yearOfCentury: number | undefined;
  month: number;
  day: number;
  dayOfYear: number | undefined;
  hour: number;
  half: 'AM' | 'PM' | undefined;
  minute: number;
  second: number;
  micros: number;
  epochSeconds: bigint | undefined;
  zone: Zone | undefined;
}

const COMPOSED: Record<string, string> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  x: '%m/%d/%y',
};

const DATE_ELEMENTS = 'A a B b h C D d e F j m Q U u V W w G g J x Y y E4Y'.split(' ');
const TIME_ELEMENTS = 'H I k l M p R S T X'.split(' ');
const NOT_DATE = [...TIME_ELEMENTS, 'c', 's', 'Z', 'z', 'Ez'];

/** Elements that place a day by its week: not read here. */
const WEEKS = new Set('G g J U u V W w Q'.split(' '));

class Reader {
  readonly parsed: Parsed = {
    year: 1970,
    century: undefined,
    yearOfCentury: undefined,
    month: 1,
    day: 1,
    dayOfYear: undefined,
    hour: 0,
    half: undefined,
    minute: 0,
    second: 0,
    micros: 0,
    epochSeconds: undefined,
    zone: undefined,
  };
  private readonly text: string;
  private readonly type: Formatted;
  private at = 0;

  constructor(text: string, type: Formatted) {
    this.text = text;
    this.type = type;
  }

  read(format: string): void {
    for (let i = 0; i < format.length; i++) {
      if (/\s/.test(format[i]!)) this.space();
      else if (format[i] !== '%') this.literal(format[i]!);
      else {
        const element = /^(E4Y|Ez|E(?:\d|\*)S|.)/s.exec(format.slice(i + 1))?.[1];
        if (element === undefined)
          throw new InvalidText('Format string cannot end with a single %');
        i += element.length;
        this.element(element);
      }
    }
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) {
      throw new InvalidText(`Failed to parse input string "${this.text}"`);
    }
  }

  space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private literal(expected: string): void {
    if (this.text[this.at] !== expected) throw this.mismatch();
    this.at++;
  }

  private mismatch(): InvalidText {
    return new InvalidText(`Failed to parse input string "${this.text}"`);
  }

  private element(element: string): void {
    const composed = COMPOSED[element];
    this.check(element);
    if (composed) this.read(composed);
    else if (element === '%') this.literal('%');
    else if (element === 'n' || element === 't') this.space();
    else if (WEEKS.has(element))
      throw new InvalidText(`The format element %${element} cannot be parsed here`);
    else if (DATE_ELEMENTS.includes(element)) this.date(element);
    else this.time(element);
  }

  private check(element: string): void {
    const isSecond = /^E[\d*]S$/.test(element);
    const wrong =
      this.type === 'DATE'
        ? isSecond || NOT_DATE.includes(element)
        : this.type === 'TIME'
          ? DATE_ELEMENTS.includes(element) || ['c', 's', 'Z', 'z', 'Ez'].includes(element)
          : this.type === 'DATETIME' && ['Z', 'z', 'Ez'].includes(element);
    if (wrong)
      throw new InvalidText(
        `Invalid result from parsing function: the format element %${element} is not for ${this.type}`,
      );
  }

  private date(element: string): void {
    const { parsed } = this;
    switch (element) {
      case 'Y':
      case 'E4Y':
        parsed.year = this.number(4, 0, 9999);
        parsed.century = undefined;
        parsed.yearOfCentury = undefined;
        break;
      case 'C':
        parsed.century = this.number(2, 0, 99);
        break;
      case 'y':
        parsed.yearOfCentury = this.number(2, 0, 99);
        break;
      case 'm':
        parsed.month = this.number(2, 1, 12);
        parsed.dayOfYear = undefined;
        break;
      case 'd':
      case 'e':
        this.space();
        parsed.day = this.number(2, 1, 31);
        parsed.dayOfYear = undefined;
        break;
      case 'j':
        parsed.dayOfYear = this.number(3, 1, 366);
        break;
      case 'A':
      case 'a':
        this.name(WEEKDAYS);
        break;
      default:
        parsed.month = this.name(MONTHS) + 1;
        parsed.dayOfYear = undefined;
    }
  }

  private time(element: string): void {
    const { parsed } = this;
    switch (element) {
      case 'H':
      case 'k':
        this.space();
        parsed.hour = this.number(2, 0, 23);
        parsed.half = undefined;
        break;
      case 'I':
      case 'l':
        this.space();
        parsed.hour = this.number(2, 1, 12);
        parsed.half ??= 'AM';
        break;
      case 'M':
        parsed.minute = this.number(2, 0, 59);
        break;
      case 'S':
        parsed.second = this.number(2, 0, 60);
        break;
      case 'p':
        parsed.half = this.name(['AM', 'PM']) === 0 ? 'AM' : 'PM';
        break;
      case 's':
        parsed.epochSeconds = BigInt(this.take(/-?\d+/y));
        break;
      case 'Z':
        parsed.zone = zoneNamed(this.take(/\S+/y));
        break;
      case 'z':
      case 'Ez':
        parsed.zone = this.offset();
        break;
      default:
        this.fraction(element);
    }
  }

  private fraction(element: string): void {
    const digits = /^E(\d|\*)S$/.exec(element)?.[1];
    if (digits === undefined) throw new InvalidText(`Unknown format element %${element}`);
    this.parsed.second = this.number(2, 0, 60);
    const most = digits === '*' ? 9 : Number(digits);
    if (most === 0 || this.text[this.at] !== '.') return;
    this.at++;
    const fraction = this.take(new RegExp(`\\d{0,${most}}`, 'y'), true);
    this.parsed.micros = Number(fraction.padEnd(6, '0').slice(0, 6));
  }

  private offset(): Zone {
    const text = this.take(/[Zz]|[+-]\d{1,2}(?::?\d{2})?/y);
    const zone = /^z$/i.test(text) ? UTC : findZone(text);
    if (!zone) throw this.mismatch();
    return zone;
  }

  private number(digits: number, least: number, most: number): number {
    const value = Number(this.take(new RegExp(`\\d{1,${digits}}`, 'y')));
    if (value < least || value > most) throw this.mismatch();
    return value;
  }

  /** The index of the name, whole or its first three letters. */
  private name(names: readonly string[]): number {
    const rest = this.text.slice(this.at).toLowerCase();
    for (const length of [99, 3]) {
      const index = names.findIndex((name) => rest.startsWith(name.slice(0, length).toLowerCase()));
      if (index < 0) continue;
      this.at += Math.min(length, names[index]!.length);
      return index;
    }
    throw this.mismatch();
  }

  private take(pattern: RegExp, empty = false): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined || (found === '' && !empty)) throw this.mismatch();
    this.at += found.length;
    return found;
  }
}

/** Microseconds of the wall clock, and the zone if the text names one. @throws {InvalidText} */
function parseWall(
  format: string,
  text: string,
  type: Formatted,
): { wall: bigint; zone: Zone | undefined; epoch: boolean } {
  const reader = new Reader(text, type);
  reader.space();
  reader.read(format);
  reader.end();
  const { parsed } = reader;
  const { epochSeconds, zone } = parsed;
  if (epochSeconds !== undefined) {
    return { wall: epochSeconds * 1_000_000n, zone: UTC, epoch: true };
  }
  const second = Math.min(parsed.second, 59);
  const carry = parsed.second === 60 ? 1_000_000n : 0n;
  const wall =
    wallOf(dayOf(parsed, text), hourOf(parsed), parsed.minute, second, parsed.micros) + carry;
  return { wall, zone, epoch: false };
}

function yearOf({ year, century, yearOfCentury }: Parsed): number {
  if (yearOfCentury === undefined) return century === undefined ? year : century * 100;
  if (century !== undefined) return century * 100 + yearOfCentury;
  return yearOfCentury + (yearOfCentury < 69 ? 2000 : 1900);
}

function dayOf(parsed: Parsed, text: string): number {
  const year = yearOf(parsed);
  const { dayOfYear, month, day } = parsed;
  const exists =
    dayOfYear === undefined ? isDay(year, month, day) : dayOfYear <= (isLeap(year) ? 366 : 365);
  if (year < 1 || !exists) throw new InvalidText(`Failed to parse input string "${text}"`);
  return dayOfYear === undefined ? daysOf(year, month, day) : daysOf(year, 1, 1) + dayOfYear - 1;
}

function hourOf({ hour, half }: Parsed): number {
  if (half === undefined) return hour;
  return (hour % 12) + (half === 'PM' ? 12 : 0);
}

export const parseDateBy = (format: string, text: string): number =>
  Number(parseWall(format, text, 'DATE').wall / DAY_MICROS);

export const parseDatetimeBy = (format: string, text: string): bigint =>
  inRange(parseWall(format, text, 'DATETIME').wall, text);

export const parseTimeBy = (format: string, text: string): bigint =>
  parseWall(format, text, 'TIME').wall % DAY_MICROS;

export function parseTimestampBy(format: string, text: string, zone: Zone): bigint {
  const { wall, zone: named } = parseWall(format, text, 'TIMESTAMP');
  return inRange(instantMicros(wall, named ?? zone), text);
}

function inRange(micros: bigint, text: string): bigint {
  if (micros >= FIRST_MICROS && micros <= LAST_MICROS) return micros;
  throw new InvalidText(`Failed to parse input string "${text}"`);
}
