/**
 * Time zones: names of the IANA database and offsets from UTC, as GoogleSQL writes them.
 *
 * Source: "Data types", time zones; the arithmetic follows Abseil's TimeZone::At(…).pre, which
 * GoogleSQL uses: a wall clock that a change of the clocks skips or repeats is read with the offset
 * from before the change.
 */

export interface Zone {
  /** Seconds east of UTC at a point in time, given in seconds since 1970-01-01 UTC. */
  offset(epochSeconds: number): number;
}

export const UTC: Zone = { offset: () => 0 };

const OFFSET = /^(?:UTC)?([+-])(\d{1,2})(?::?(\d{1,2}))?$/;
const MOST_OFFSET = 14 * 3600;

const zones = new Map<string, Zone | undefined>([['UTC', UTC]]);

/** The zone of a name or an offset; undefined when there is none such. */
export function findZone(name: string): Zone | undefined {
  if (!zones.has(name)) zones.set(name, fixedZone(name) ?? namedZone(name));
  return zones.get(name);
}

function fixedZone(name: string): Zone | undefined {
  const match = OFFSET.exec(name);
  if (!match) return undefined;
  const minutes = Number(match[3] ?? 0);
  const size = Number(match[2]) * 3600 + minutes * 60;
  if (minutes > 59 || size > MOST_OFFSET) return undefined;
  const offset = match[1] === '-' ? -size : size;
  return { offset: () => offset };
}

/** IANA names are letters in words; what else Intl would take (`+01:00`) is no name. */
const NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

function namedZone(name: string): Zone | undefined {
  if (!NAME.test(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      timeZoneName: 'longOffset',
      hour: 'numeric',
    });
    const offsets = new Offsets((seconds) => parseLongOffset(zoneName(format, seconds)));
    return { offset: (seconds) => offsets.at(seconds) };
  } catch {
    // RangeError: no zone of that name.
    return undefined;
  }
}

const zoneName = (format: Intl.DateTimeFormat, seconds: number): string =>
  format.formatToParts(seconds * 1000).find((part) => part.type === 'timeZoneName')!.value;

/** `GMT-04:56:02` in seconds. */
function parseLongOffset(text: string): number {
  const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (!match) throw new Error(`Unknown form of offset: ${text}`);
  const size = Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -size : size;
}

const WEEK = 7 * 86_400;

/** Remembers a zone's offsets week by week: asking Intl each time would take microseconds. */
class Offsets {
  private readonly weeks = new Map<number, { before: number; after: number; change: number }>();
  private readonly ask: (seconds: number) => number;

  constructor(ask: (seconds: number) => number) {
    this.ask = ask;
  }

  at(seconds: number): number {
    const index = Math.floor(seconds / WEEK);
    let week = this.weeks.get(index);
    if (!week) {
      week = this.explore(index * WEEK, (index + 1) * WEEK);
      this.weeks.set(index, week);
    }
    return seconds < week.change ? week.before : week.after;
  }

  private explore(start: number, end: number): { before: number; after: number; change: number } {
    const before = this.ask(start);
    const after = this.ask(end);
    if (before === after) return { before, after, change: end };
    let [low, high] = [start, end];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.ask(middle) === before) low = middle;
      else high = middle;
    }
    return { before, after, change: high };
  }
}

const DAY = 86_400;

/** Seconds since 1970-01-01 UTC of a wall clock, itself given in seconds as if it were UTC. */
export function instantOf(wallSeconds: number, zone: Zone): number {
  const before = zone.offset(wallSeconds - DAY);
  const early = wallSeconds - before;
  if (zone.offset(early) === before) return early;
  const after = zone.offset(wallSeconds + DAY);
  const late = wallSeconds - after;
  return zone.offset(late) === after ? late : early;
}

/** Shifts microseconds since 1970-01-01 UTC to the wall clock of a zone. */
export function wallMicros(micros: bigint, zone: Zone): bigint {
  return micros + BigInt(zone.offset(epochSeconds(micros))) * 1_000_000n;
}

/** Microseconds since 1970-01-01 UTC of a wall clock in a zone. */
export function instantMicros(wall: bigint, zone: Zone): bigint {
  const seconds = epochSeconds(wall);
  return wall + BigInt(instantOf(seconds, zone) - seconds) * 1_000_000n;
}

function epochSeconds(micros: bigint): number {
  const seconds = micros / 1_000_000n;
  return Number(micros < 0n && micros % 1_000_000n !== 0n ? seconds - 1n : seconds);
}
