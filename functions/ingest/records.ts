/** The record of what was ingested: one row a stream, day and run. */
import { createHash } from 'node:crypto';
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import { type ByStream, type Context, freshJobOf, jobOf, type Run, streamsOf } from './context.ts';
import { dayAfter, dayOf, daysOf, isDue, startOf } from './days.ts';
import type { DayCount } from './land.ts';
import type { DateRange } from './source.ts';

/** A stream's day, as it was ingested last. */
export interface DayRecord extends DayCount {
  readonly ingestedAt: Date;
}

/** By day; a day is there when all of its streams are. */
export type Recorded = ReadonlyMap<string, ByStream<DayRecord>>;

const bounds = ({ start, end }: DateRange) => ({
  from: new BigQueryTimestamp(startOf(start)),
  until: new BigQueryTimestamp(startOf(dayAfter(end))),
});

/** Which days of a range have been ingested. */
export async function readDays(context: Context, run: Run, range: DateRange): Promise<Recorded> {
  const rows = await context.warehouse.run(freshJobOf(context, run, 'days'), {
    sql: await context.sql('ingest/days.sql'),
    parameters: bounds(range),
  });
  const days = new Map<string, Partial<ByStream<DayRecord>>>();
  for (const { day, stream, ingested_at, digest, ...counts } of rows) {
    const [received, accepted, quarantined] = [
      counts.received,
      counts.accepted,
      counts.quarantined,
    ].map(Number) as [number, number, number];
    const record = { received, accepted, quarantined, digest: String(digest) };
    days.set(String(day), {
      ...days.get(String(day)),
      [String(stream)]: { ...record, ingestedAt: new Date(Number(ingested_at)) },
    });
  }
  const names = streamsOf(context.portfolio).map(({ name }) => name);
  const isWhole = (day: Partial<ByStream<DayRecord>>): day is ByStream<DayRecord> =>
    names.every((name) => name in day);
  return new Map([...days].flatMap(([day, streams]) => (isWhole(streams) ? [[day, streams]] : [])));
}

/** When the first of a day's streams was there. */
export const ingestedAt = (day: ByStream<DayRecord> | undefined) =>
  day && new Date(Math.min(...Object.values(day).map(({ ingestedAt }) => ingestedAt.getTime())));

/** How far back a daily run looks for days that are missing. */
const CATCH_UP_DAYS = 31;

/**
 * The days up to yesterday of a daily run: from the first that was missed since anything was
 * ingested, or that may have changed since.
 */
export async function missingDays(context: Context, run: Run): Promise<DateRange> {
  const end = dayAfter(dayOf(run.due), -1);
  const all = { start: dayAfter(end, 1 - CATCH_UP_DAYS), end };
  const known = await readDays(context, run, all);
  const first = [...known.keys()].sort()[0] ?? end;
  const isMissed = (day: string) => isDue(day, ingestedAt(known.get(day)), undefined);
  const missed = daysOf({ start: first, end }).find(isMissed) ?? end;
  const late = dayAfter(end, -context.portfolio.source.late_days);
  return { start: [missed, late].sort()[0]!, end };
}

/** Says that days have been ingested, all or none of them. */
export async function recordDays(
  context: Context,
  run: Run,
  range: DateRange,
  streams: ByStream<ReadonlyMap<string, DayCount>>,
): Promise<void> {
  const rows = Object.entries<ReadonlyMap<string, DayCount>>({ ...streams }).flatMap(
    ([stream, days]) =>
      [...days].map(([day, count]) =>
        JSON.stringify({ ...count, day: startOf(day).toISOString(), stream }),
      ),
  );
  const digest = createHash('sha256').update(rows.join('\n')).digest('hex').slice(0, 12);
  await context.warehouse.run(jobOf(context, run, `record-${range.start}-${digest}`), {
    sql: await context.sql('ingest/record_days.sql'),
    parameters: {
      ...bounds(range),
      run: run.name,
      at: new BigQueryTimestamp(run.due),
      rows,
    },
  });
}
