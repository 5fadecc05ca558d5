/**
 * Quarantined records, taken through the contract again: what it allows now is merged as if it had just
 * come, and leaves quarantine marked. What it does not allow stays as it is.
 */
import { createHash } from 'node:crypto';
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import { createCheck } from '../../shared/portfolio/contract.ts';
import {
  type ByStream,
  byStream,
  type Context,
  freshJobOf,
  jobOf,
  type Run,
  type Stream,
  streamsOf,
} from './context.ts';
import { dayAfter, startOf, timeDay } from './days.ts';
import type { Landed } from './land.ts';
import { mergeRecords } from './merge.ts';
import { without } from './sort.ts';
import type { DateRange } from './source.ts';
import { stageRows } from './stage.ts';

export interface ReleaseRequest {
  readonly run: Run;
  /** Days on which they were put into quarantine. */
  readonly range: DateRange;
  /** When work must end; what is left then is a later call's. */
  readonly deadline: Date;
}

export interface ReleaseCounts {
  /** That waited, as far as the time went. */
  readonly taken: number;
  readonly released: number;
  readonly still_refused: number;
}

export interface ReleaseSummary extends ByStream<ReleaseCounts> {
  readonly run: string;
  /** unfinished: the same request again goes on. */
  readonly state: 'done' | 'unfinished';
}

/** Records in memory at a time. */
const MOST_AT_ONCE = 5000;

/** Applications first: outcomes are about them. */
export async function release(context: Context, request: ReleaseRequest): Promise<ReleaseSummary> {
  const counts = byStream(context.portfolio, () => ({ ...NONE }));
  let state: ReleaseSummary['state'] = 'done';
  for (const stream of streamsOf(context.portfolio)) {
    const isWhole = await releaseStream(context, request, stream, counts[stream.name]!);
    if (!isWhole) state = 'unfinished';
  }
  const summary = { run: request.run.name, state, ...counts };
  context.log.info('quarantine was checked again', summary);
  return summary;
}

const NONE: ReleaseCounts = { taken: 0, released: 0, still_refused: 0 };

/** @returns whether all that wait were taken */
async function releaseStream(
  context: Context,
  request: ReleaseRequest,
  stream: Stream,
  counts: { -readonly [K in keyof ReleaseCounts]: number },
): Promise<boolean> {
  const check = createCheck(stream.contract, 'lender');
  for (let after = ''; ; ) {
    if (context.now() >= request.deadline) return false;
    const waiting = await readWaiting(context, request, stream, after);
    if (waiting.length === 0) return true;
    const allowed = waiting.flatMap(({ id, record }) => {
      const checked = check(without(JSON.parse(record), context.portfolio.source.transport_fields));
      return checked.ok ? [{ id, row: checked.value }] : [];
    });
    if (allowed.length > 0) await accept(context, request, stream, allowed);
    counts.taken += waiting.length;
    counts.released += allowed.length;
    counts.still_refused += waiting.length - allowed.length;
    after = waiting.at(-1)!.id;
  }
}

const bounds = ({ start, end }: DateRange) => ({
  from: new BigQueryTimestamp(startOf(start)),
  until: new BigQueryTimestamp(startOf(dayAfter(end))),
});

async function readWaiting(
  context: Context,
  { run, range }: ReleaseRequest,
  stream: Stream,
  after: string,
): Promise<{ id: string; record: string }[]> {
  const job = freshJobOf(context, run, `waiting-${stream.name}-${after.slice(0, 12)}`);
  const rows = await context.warehouse.run(job, {
    sql: await context.sql('ingest/waiting.sql'),
    parameters: { ...bounds(range), stream: stream.name, after, most: MOST_AT_ONCE },
  });
  return rows.map(({ quarantine_id, record }) => ({
    id: String(quarantine_id),
    record: String(record),
  }));
}

interface Allowed {
  readonly id: string;
  readonly row: Record<string, unknown>;
}

/** A crash in between leaves records in the table and in quarantine: merged again, they change nothing. */
async function accept(
  context: Context,
  { run, range }: ReleaseRequest,
  stream: Stream,
  allowed: readonly Allowed[],
): Promise<void> {
  const rows = await stage(context, run, stream, allowed);
  await mergeRecords(context, run, stream, rows, 'accepted');
  await context.warehouse.run(
    jobOf(context, run, `${rows.label}-${rows.digest.slice(0, 12)}-accept`),
    {
      sql: await context.sql('ingest/release_accepted.sql'),
      parameters: {
        ...bounds(range),
        ids: allowed.map(({ id }) => id),
        run: run.name,
        at: new BigQueryTimestamp(run.due),
      },
    },
  );
}

async function stage(
  context: Context,
  run: Run,
  stream: Stream,
  allowed: readonly Allowed[],
): Promise<Landed['accepted'] & { readonly label: string }> {
  const { landing, portfolio } = context;
  const digest = createHash('sha256')
    .update(allowed.map(({ id }) => id).join('\n'))
    .digest('hex');
  const folder = `ingest/${portfolio.id}/${run.name}/released`;
  const rows = stageRows(landing, `${folder}/${stream.name}-${digest.slice(0, 12)}.ndjson`);
  const days = allowed.map(({ row }) => timeDay(row[stream.time])!).sort();
  try {
    for (const { row } of allowed) rows.add('', row);
    await rows.close();
  } catch (error) {
    rows.abandon();
    throw error;
  }
  return {
    object: rows.object,
    count: rows.count,
    digest,
    span: { start: days[0]!, end: days.at(-1)! },
    label: `${stream.name}-released`,
  };
}
