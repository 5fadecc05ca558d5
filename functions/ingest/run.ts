/**
 * One ingestion: the records of some days, from the source into the warehouse's raw tables. Days are
 * brought in batches; a day is recorded when all that is to be done with it is done, and a recorded day
 * is passed over. So a run that is broken off, or ends for want of time, goes on where it stopped.
 */
import {
  type ByStream,
  byStream,
  type Context,
  type Run,
  type Stream,
  streamsOf,
} from './context.ts';
import { dayAfter, daysOf, isDue, nextBatch } from './days.ts';
import { type DayCount, land } from './land.ts';
import { merge } from './merge.ts';
import { keepProfile } from './profile.ts';
import { checkQuality } from './quality/check.ts';
import type { Finding } from './quality/judge.ts';
import { ingestedAt, type Recorded, readDays, recordDays } from './records.ts';
import type { DateRange } from './source.ts';

export interface IngestRequest {
  readonly run: Run;
  readonly range: DateRange;
  /** A day that was ingested before this moment is ingested again; undefined: it is not. */
  readonly again: (day: string) => Date | undefined;
  /** When work must end; what is left then is a later call's. */
  readonly deadline: Date;
}

export type StreamSummary = Omit<DayCount, 'digest'>;

/** With, of the days that were ingested now, what came of each stream. */
export interface RunSummary extends ByStream<StreamSummary> {
  readonly run: string;
  /** unfinished: the same request again goes on. */
  readonly state: 'done' | 'unfinished';
  readonly range: DateRange;
  readonly days: {
    /** Of the range, passed over: they were ingested before. */
    readonly known: number;
    readonly ingested: number;
    readonly left: number;
  };
  /** What they were found to be: days times expectations, by severity where one was not met. */
  readonly quality: Readonly<Record<QualityCount, number>>;
}

type QualityCount = 'passed' | 'failed' | 'warned' | 'not_measurable';

/** @param request its run is the same in every delivery of one scheduled run, so that a second one joins the first */
export async function ingest(context: Context, request: IngestRequest): Promise<RunSummary> {
  const { run, range, again, deadline } = request;
  const recorded = await readDays(context, run, {
    start: dayAfter(range.start, -7 * MOST_WEEKS),
    end: range.end,
  });
  const asked = daysOf(range);
  let left = asked.filter((day) => isDue(day, ingestedAt(recorded.get(day)), again(day)));
  const known = asked.length - left.length;
  const streams = streamsOf(context.portfolio).map(({ name }) => name);
  const total = byStream(context.portfolio, (): Sum => ({ ...NOTHING }));
  const quality = { passed: 0, failed: 0, warned: 0, not_measurable: 0 };
  const arrived = byStream(context.portfolio, () => new Map<string, DayCount>());
  let dayMs: number | undefined;
  for (;;) {
    const started = context.now().getTime();
    const batch = nextBatch(left, dayMs, deadline.getTime() - started);
    if (batch.length === 0) break;
    const { counts, findings } = await ingestBatch(context, run, batch, recorded, arrived);
    for (const name of streams) add(total[name]!, counts[name]!);
    for (const finding of findings) quality[countOf(finding)]++;
    left = left.slice(batch.length);
    dayMs = (context.now().getTime() - started) / batch.length;
  }
  return {
    run: run.name,
    state: left.length === 0 ? 'done' : 'unfinished',
    range,
    days: { known, ingested: asked.length - known - left.length, left: left.length },
    ...total,
    quality,
  };
}

/** As far back as an expectation may compare. */
const MOST_WEEKS = 26;

const countOf = ({ verdict, severity }: Finding): QualityCount =>
  verdict === 'failed' && severity === 'warn' ? 'warned' : verdict;

const NOTHING: StreamSummary = { received: 0, accepted: 0, quarantined: 0 };

/**
 * @param days without a gap
 * @param arrived what came on the days of this run so far; these are added
 */
async function ingestBatch(
  context: Context,
  run: Run,
  days: readonly string[],
  recorded: Recorded,
  arrived: ByStream<Map<string, DayCount>>,
) {
  const range = { start: days[0]!, end: days.at(-1)! };
  const streams = streamsOf(context.portfolio);
  // All come to an end before the answer leaves, whatever becomes of one. One fault is answered.
  const ended = await Promise.allSettled(
    streams.map((stream) => ingestStream(context, run, range, stream, recorded)),
  );
  ended.forEach((end, i) => {
    if (end.status === 'fulfilled') return;
    const fields = { run: run.name, stream: streams[i]!.name, ...range };
    context.log.error('a stream was not ingested', fields, end.reason);
  });
  const landed = ended.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
  const counts = byStream(
    context.portfolio,
    ({ name }) => landed[streams.findIndex((stream) => stream.name === name)]!,
  );
  for (const { name } of streams) {
    for (const [day, count] of counts[name]!) arrived[name]!.set(day, count);
  }
  const findings = await checkQuality(context, run, range, {
    counts,
    acceptedOn: (stream, day) =>
      (arrived[stream]!.get(day) ?? recorded.get(day)?.[stream])?.accepted,
  });
  // Last of all: from now on nobody asks for these days again.
  await recordDays(context, run, range, counts);
  return { counts, findings };
}

async function ingestStream(
  context: Context,
  run: Run,
  range: DateRange,
  stream: Stream,
  recorded: Recorded,
): Promise<ReadonlyMap<string, DayCount>> {
  const landed = await land(context, run, range, stream);
  await merge(context, run, range, stream, landed);
  await keepProfile(context, run, range, stream);
  const summary = { ...NOTHING };
  add(summary, landed.days);
  const changed = [...landed.days].filter(
    ([day, { digest }]) => (recorded.get(day)?.[stream.name]?.digest ?? digest) !== digest,
  ).length;
  const { name } = stream;
  // changed: of days that were ingested before, in how many something else came now.
  context.log.info('ingested', { run: run.name, stream: name, ...range, ...summary, changed });
  return landed.days;
}

type Sum = { -readonly [K in keyof StreamSummary]: number };

function add(sum: Sum, days: ReadonlyMap<string, DayCount>): void {
  for (const { received, accepted, quarantined } of days.values()) {
    sum.received += received;
    sum.accepted += accepted;
    sum.quarantined += quarantined;
  }
}
