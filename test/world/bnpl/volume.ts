/**
 * How business varies over the year: simtom's documented model (weekday × day of month × month ×
 * events), with Mother's and Father's Day on their Sundays and the year-end pause on both sides of
 * New Year.
 */
import { civil, dayFrom, nthWeekday, weekday } from '../dates.ts';

const MONDAY = 0;
const THURSDAY = 3;
const SUNDAY = 6;

const BY_WEEKDAY = [1.15, 1.1, 1.05, 1.1, 1.25, 0.85, 0.7];
const BY_MONTH = [0.75, 0.85, 0.95, 1, 1, 1.05, 1.05, 1.05, 1, 1.05, 1.1, 1.2];

function byDayOfMonth(dayOfMonth: number): number {
  if (dayOfMonth <= 7) return 1.15;
  if (dayOfMonth <= 14) return 0.95;
  return dayOfMonth <= 21 ? 1.1 : 0.9;
}

interface Event {
  readonly from: number;
  readonly to: number;
  readonly factor: number;
}

function eventsOf(year: number): Event[] {
  const on = (day: number, factor: number): Event => ({ from: day, to: day, factor });
  const date = (month: number, dayOfMonth: number) => dayFrom(year, month, dayOfMonth);
  const mothersDay = nthWeekday(year, 5, SUNDAY, 2);
  const thanksgiving = nthWeekday(year, 11, THURSDAY, 4);
  const valentinesDay = date(2, 14);
  return [
    on(date(1, 1), 0.2),
    { from: valentinesDay - 3, to: valentinesDay + 1, factor: 1.1 },
    on(valentinesDay, 1.15),
    { from: mothersDay - 3, to: mothersDay + 1, factor: 1.15 },
    on(mothersDay, 1.2),
    on(nthWeekday(year, 6, SUNDAY, 3), 1.1),
    on(date(7, 4), 0.8),
    { from: date(8, 15), to: date(9, 15), factor: 1.2 },
    on(nthWeekday(year, 9, MONDAY, 1), 1.05),
    on(date(10, 31), 1.05),
    { from: thanksgiving - 1, to: thanksgiving + 4, factor: 1.3 },
    on(thanksgiving, 0.2),
    on(thanksgiving + 1, 1.6),
    on(thanksgiving + 4, 1.4),
    { from: date(12, 1), to: date(12, 23), factor: 1.2 },
    on(date(12, 24), 0.3),
    on(date(12, 25), 0.1),
    { from: date(12, 26), to: date(12, 31), factor: 1.3 },
    on(date(12, 31), 0.4),
    { from: date(12, 20), to: dayFrom(year + 1, 1, 5), factor: 0.5 },
  ];
}

const eventsByYear = new Map<number, readonly Event[]>();

function eventFactor(day: number, year: number): number {
  let events = eventsByYear.get(year);
  if (events === undefined) {
    // A year's pause starts in the December before it.
    events = [...eventsOf(year - 1), ...eventsOf(year)];
    eventsByYear.set(year, events);
  }
  let least = 1;
  let most = 1;
  for (const { from, to, factor } of events) {
    if (day < from || day > to) continue;
    least = Math.min(least, factor);
    most = Math.max(most, factor);
  }
  // Of several at once, what closes shops wins over what fills them.
  return least < 1 ? least : most;
}

/** The day's expected checkouts over the base volume, before the day's own noise; year's mean ≈ 1.06. */
export function volumeFactor(day: number): number {
  const { year, month, dayOfMonth } = civil(day);
  return (
    BY_WEEKDAY[weekday(day)]! *
    byDayOfMonth(dayOfMonth) *
    BY_MONTH[month - 1]! *
    eventFactor(day, year)
  );
}
