/** From the source to Cloud Storage: what comes, good and bad apart, counted by day. */
import { createHash } from 'node:crypto';
import { createCheck } from '../../shared/portfolio/contract.ts';
import type { Context, Run, Stream } from './context.ts';
import { createDayFinder, daysOf, timeDay } from './days.ts';
import { createSorter } from './sort.ts';
import { type DateRange, fetchRecords } from './source.ts';
import { type StagedDay, type StagedRows, stageRows } from './stage.ts';

/** What came for one day of a stream. */
export interface DayCount {
  readonly received: number;
  readonly accepted: number;
  readonly quarantined: number;
  /** SHA-256 of it all: another one means that the source has changed the day. */
  readonly digest: string;
}

/** An object of rows, ready to be loaded. */
export interface LandedRows {
  readonly object: string;
  readonly count: number;
  /** SHA-256 of them. */
  readonly digest: string;
}

export interface Landed {
  /** With the days that their own times lie in, where there are any. */
  readonly accepted: LandedRows & { readonly span: DateRange };
  readonly quarantined: LandedRows;
  /** Of every day that was asked for. */
  readonly days: ReadonlyMap<string, DayCount>;
}

/** Records between two lines of progress in the log. */
const PROGRESS_EVERY = 25_000;

/**
 * Writes what the source sends of some days to Cloud Storage.
 * @throws {AppError} unavailable where the source does not send all; then nothing is kept
 */
export async function land(
  context: Context,
  run: Run,
  range: DateRange,
  stream: Stream,
): Promise<Landed> {
  const { landing, portfolio, source } = context;
  const folder = `ingest/${portfolio.id}/${run.name}/${range.start}_${range.end}`;
  const accepted = stageRows(landing, `${folder}/${stream.name}.ndjson`);
  const quarantined = stageRows(landing, `${folder}/${stream.name}_quarantined.ndjson`);
  const sorter = createSorter({
    stream: stream.name,
    check: createCheck(stream.contract, 'lender'),
    key: stream.key,
    time: stream.time,
    transportFields: portfolio.source.transport_fields,
  });
  const dayOf = createDayFinder(range);
  const span = createSpan();
  try {
    for await (const records of fetchRecords(source, stream.generator, range)) {
      for (const record of records) {
        const { kind, row } = sorter.sort(record);
        const own = timeDay((record as Readonly<Record<string, unknown>> | null)?.[stream.time]);
        if (kind === 'accepted') span.widen(own!);
        (kind === 'accepted' ? accepted : quarantined).add(dayOf(own), row);
        tellProgress(context, run, stream, accepted.count + quarantined.count);
      }
      await accepted.room();
      await quarantined.room();
    }
    return summary(range, span.range, await closed(accepted), await closed(quarantined));
  } catch (error) {
    accepted.abandon();
    quarantined.abandon();
    throw error;
  }
}

/** The days from the first to the last that it was told of. */
function createSpan() {
  let [start, end] = ['9999-12-31', '0001-01-01'];
  return {
    widen(day: string) {
      if (day < start) start = day;
      if (day > end) end = day;
    },
    get range(): DateRange {
      return { start, end };
    },
  };
}

function tellProgress({ log }: Context, run: Run, stream: Stream, received: number): void {
  if (received % PROGRESS_EVERY !== 0) return;
  log.info('landing', { run: run.name, stream: stream.name, received });
}

const closed = async (rows: StagedRows) => ({
  object: rows.object,
  days: await rows.close(),
  count: rows.count,
});

const NOTHING: StagedDay = { count: 0, digest: '' };

function summary(
  range: DateRange,
  span: DateRange,
  accepted: Awaited<ReturnType<typeof closed>>,
  quarantined: Awaited<ReturnType<typeof closed>>,
): Landed {
  const countOf = (day: string): DayCount => {
    const [good, bad] = [accepted, quarantined].map(({ days }) => days.get(day) ?? NOTHING);
    return {
      received: good!.count + bad!.count,
      accepted: good!.count,
      quarantined: bad!.count,
      digest: digestOf([good!.digest, bad!.digest]),
    };
  };
  const landed = ({ object, count, days }: typeof accepted): LandedRows => ({
    object,
    count,
    digest: digestOf([...days].flatMap(([day, { digest }]) => [day, digest])),
  });
  return {
    accepted: { ...landed(accepted), span },
    quarantined: landed(quarantined),
    days: new Map(daysOf(range).map((day) => [day, countOf(day)])),
  };
}

const digestOf = (texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\n')).digest('hex');
