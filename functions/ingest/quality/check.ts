/** Judges the days that were ingested by the portfolio's expectations, and keeps and tells what it finds. */
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import { raise } from '../../../shared/alerts/raise.ts';
import type { Expectation } from '../../../shared/portfolio/expectations.ts';
import { fill, identifier } from '../../../shared/warehouse/sql.ts';
import {
  type ByStream,
  type Context,
  freshJobOf,
  type Run,
  type Stream,
  streamsOf,
} from '../context.ts';
import { dayAfter, dayOf, startOf } from '../days.ts';
import type { DayCount } from '../land.ts';
import type { DateRange } from '../source.ts';
import { breachesOf } from './breaches.ts';
import { findingsSql } from './findings.ts';
import { type Finding, judge, type StoredDay } from './judge.ts';

/** What came on the days of a batch, and what was accepted on earlier ones. */
export interface Arrivals {
  readonly counts: ByStream<ReadonlyMap<string, DayCount>>;
  readonly acceptedOn: (stream: Stream['name'], day: string) => number | undefined;
}

/**
 * One query a stream, over the days of a batch. A repetition finds the same and replaces it.
 * @returns what was found, for every day and expectation
 */
export async function checkQuality(
  context: Context,
  run: Run,
  range: DateRange,
  arrivals: Arrivals,
): Promise<readonly Finding[]> {
  const { portfolio, alerts } = context;
  if (portfolio.expectations.length === 0) return [];
  const found = await Promise.all(
    streamsOf(portfolio).map((stream) => checkStream(context, run, range, stream, arrivals)),
  );
  const findings = found.flat();
  await keep(context, run, range, findings);
  // Only with the youngest day is it known what is over.
  const isLatest = range.end === dayAfter(dayOf(run.due), -1);
  const checked = { kinds: ['data_quality'] as const, at: run.due };
  const breaches = breachesOf(portfolio.id, findings, run.due);
  await raise(alerts, breaches, isLatest ? checked : undefined);
  return findings;
}

async function checkStream(
  context: Context,
  run: Run,
  range: DateRange,
  stream: Stream,
  { counts, acceptedOn }: Arrivals,
): Promise<Finding[]> {
  const expectations = context.portfolio.expectations.filter((one) => one.stream === stream.name);
  if (expectations.length === 0) return [];
  const stored = await readDays(context, run, range, stream, expectations);
  return [...counts[stream.name]!].flatMap(([day, count]) =>
    expectations.map((expectation, place) =>
      judge(expectation, place, {
        day,
        count,
        stored: stored.get(day),
        acceptedOn: (other) => acceptedOn(stream.name, other),
      }),
    ),
  );
}

async function readDays(
  context: Context,
  run: Run,
  range: DateRange,
  stream: Stream,
  expectations: readonly Expectation[],
): Promise<ReadonlyMap<string, StoredDay>> {
  const { warehouse, sql, portfolio } = context;
  const until = stamp(dayAfter(range.end));
  const { findings, counts, parameters } = findingsSql(expectations, {
    key: portfolio.keys.application,
    time: portfolio.keys.time,
    from: (withinDays) => stamp(dayAfter(range.start, -withinDays)),
    until,
  });
  const first = findings.includes('@first_application')
    ? { first_application: stamp(await firstApplication(context, run, range)) }
    : {};
  const rows = await warehouse.run(
    freshJobOf(context, run, `${stream.name}-${range.start}-quality`),
    {
      sql: fill(await sql('ingest/expectations.sql'), {
        table: identifier(stream.name),
        time: identifier(stream.time),
        findings,
        counts,
      }),
      parameters: { from: stamp(range.start), until, ...parameters, ...first },
    },
  );
  return new Map(rows.map((row) => [String(row.day), storedDay(row, expectations)]));
}

const storedDay = (
  row: Readonly<Record<string, unknown>>,
  expectations: readonly Expectation[],
): StoredDay => ({
  lastTime: new Date(Number(row.last_time)),
  findings: new Map(
    expectations.flatMap((_, n) =>
      row[`about_${n}`] === undefined
        ? []
        : [[n, { about: Number(row[`about_${n}`]), failing: Number(row[`failing_${n}`]) }]],
    ),
  ),
});

/** Since when there are applications that outcomes can be about; these days count before they are recorded. */
async function firstApplication(context: Context, run: Run, range: DateRange): Promise<string> {
  const [row] = await context.warehouse.run(freshJobOf(context, run, `${range.start}-first`), {
    sql: await context.sql('ingest/first_application.sql'),
  });
  const first = row!.first_day as string | null;
  return first === null || first > range.start ? range.start : first;
}

async function keep(
  context: Context,
  run: Run,
  range: DateRange,
  findings: readonly Finding[],
): Promise<void> {
  const found = findings.map((one) => JSON.stringify({ ...one, day: startOf(one.day) }));
  await context.warehouse.run(freshJobOf(context, run, `${range.start}-keep-quality`), {
    sql: await context.sql('ingest/keep_quality.sql'),
    parameters: {
      from: stamp(range.start),
      until: stamp(dayAfter(range.end)),
      run: run.name,
      at: new BigQueryTimestamp(run.due),
      found,
    },
  });
}

const stamp = (day: string): BigQueryTimestamp => new BigQueryTimestamp(startOf(day));
