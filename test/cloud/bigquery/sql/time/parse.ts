/**
 * Reads dates and times in their canonical formats, for literals, parameters and casts.
 *
 * Source: "Data types" of the GoogleSQL reference; the messages are BigQuery's.
 */
import { DAY_MICROS, daysOf, FIRST_MICROS, isDay, LAST_MICROS } from './civil.ts';
import { findZone, instantMicros, UTC, type Zone } from './zones.ts';

/** Text that is no such value; the message says which. */
export class InvalidText extends Error {
  override readonly name = 'InvalidText';
}

const DATE = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})`;
const TIME = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?`;

const DATE_ONLY = new RegExp(`^${DATE}$`);
const TIME_ONLY = new RegExp(`^${TIME}$`);
const DATETIME = new RegExp(`^${DATE}(?:[ Tt]${TIME})?$`);
const OFFSET = '[+-][0-9:]+';
const TIMESTAMP = new RegExp(
  `^${DATE}(?:[ Tt](?:${TIME}((?: UTC)?${OFFSET}|[Zz]| [^+-].*)?|(${OFFSET})))?$`,
);

/** Days since 1970-01-01. @throws {InvalidText} */
export function parseDate(text: string): number {
  const match = DATE_ONLY.exec(text);
  const days = match && dayOf(match);
  if (days === null || days === undefined) throw new InvalidText(`Invalid date: '${text}'`);
  return days;
}

/** Microseconds of a day. @throws {InvalidText} */
export function parseTime(text: string): bigint {
  const match = TIME_ONLY.exec(text);
  const micros = match && clockOf(match, 1, false);
  if (micros === null || micros === undefined) throw new InvalidText(`Invalid time: '${text}'`);
  return micros % DAY_MICROS;
}

/** Microseconds of the wall clock since 1970-01-01. @throws {InvalidText} */
export function parseDatetime(text: string): bigint {
  const match = DATETIME.exec(text);
  const micros = match && wallOf(match, false);
  if (micros === null || micros === undefined || micros > LAST_MICROS) {
    throw new InvalidText(`Invalid datetime: '${text}'`);
  }
  return micros;
}

/**
 * Microseconds since 1970-01-01 UTC; text without a zone is in the given one.
 * @throws {InvalidText}
 */
export function parseTimestamp(text: string, defaultZone: Zone = UTC): bigint {
  const match = TIMESTAMP.exec(text);
  const wall = match && wallOf(match, true);
  if (!match || wall === null || wall === undefined) {
    throw new InvalidText(`Invalid timestamp: '${text}'`);
  }
  const suffix = match[8] ?? match[9];
  const micros = instantMicros(wall, suffix === undefined ? defaultZone : zoneOf(suffix));
  if (micros < FIRST_MICROS || micros > LAST_MICROS) {
    throw new InvalidText(`Invalid timestamp: '${text}'`);
  }
  return micros;
}

/** @throws {InvalidText} for a name or an offset that no zone has. */
export function zoneNamed(name: string): Zone {
  const zone = findZone(name);
  if (!zone) throw new InvalidText(`Invalid time zone: ${name}`);
  return zone;
}

const zoneOf = (suffix: string): Zone => (/^[Zz]$/.test(suffix) ? UTC : zoneNamed(suffix.trim()));

function dayOf(match: RegExpExecArray): number | undefined {
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return year >= 1 && isDay(year, month, day) ? daysOf(year, month, day) : undefined;
}

/**
 * The clock whose hours are in the group `first`; midnight when there is none.
 * @param fine A leap second is the beginning of the next one; or, for timestamps, goes on with it.
 */
function clockOf(match: RegExpExecArray, first: number, fine: boolean): bigint | undefined {
  const [hours, minutes, seconds] = [0, 1, 2].map((i) => Number(match[first + i] ?? 0));
  if (hours! > 23 || minutes! > 59 || seconds! > 60) return undefined;
  const digits = seconds === 60 && !fine ? '' : (match[first + 3] ?? '');
  const fraction = BigInt(digits.padEnd(6, '0'));
  return BigInt(hours! * 3600 + minutes! * 60 + seconds!) * 1_000_000n + fraction;
}

function wallOf(match: RegExpExecArray, fine: boolean): bigint | undefined {
  const days = dayOf(match);
  const clock = clockOf(match, 4, fine);
  return days === undefined || clock === undefined ? undefined : BigInt(days) * DAY_MICROS + clock;
}
