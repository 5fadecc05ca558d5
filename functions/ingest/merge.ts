/** From Cloud Storage into the tables, so that nothing counts twice. */
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import { tableSchema } from '../../shared/portfolio/contract.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import { fill, identifier } from '../../shared/warehouse/sql.ts';
import { type Context, jobOf, type Run, type Stream } from './context.ts';
import { dayAfter, startOf } from './days.ts';
import type { Landed, LandedRows } from './land.ts';
import type { DateRange } from './source.ts';

const POSITION = {
  name: '_position',
  type: 'INT64',
  mode: 'REQUIRED',
  description: 'Place among the records of its day, as they came.',
};

/** What quarantine is told of a record: the rest of its columns comes with the run. */
const QUARANTINED = [
  'quarantine_id',
  'stream',
  'record',
  'faults',
  'record_key',
  'record_time',
] as const;

const stamp = (moment: Date): BigQueryTimestamp => new BigQueryTimestamp(moment);

const lineage = (run: Run) => ({ run: run.name, at: stamp(run.due) });

/**
 * Merges what landed of some days into a stream's table and into quarantine. Its jobs are named after
 * the run and the rows: a delivery with the same rows joins them, one with others does not.
 */
export async function merge(
  context: Context,
  run: Run,
  range: DateRange,
  stream: Stream,
  { accepted, quarantined }: Landed,
): Promise<void> {
  const label = `${stream.name}-${range.start}`;
  await mergeRecords(context, run, stream, { ...accepted, label }, 'corrected');
  await keepQuarantined(context, run, { ...quarantined, label: `${label}-quarantine` });
}

/** Rows, and what their jobs are called after beside them. */
export interface LabelledRows extends LandedRows {
  readonly label: string;
}

/**
 * Merges records that the contract allows, and lets those leave quarantine that they put right.
 * @param release what their mark says: the source has mended them, or the contract was
 */
export async function mergeRecords(
  context: Context,
  run: Run,
  stream: Stream,
  rows: LabelledRows & Landed['accepted'],
  release: 'corrected' | 'accepted',
): Promise<void> {
  const schema = [...tableSchema(stream.contract), POSITION];
  await withStaging(context, run, rows, schema, async (staging, job) => {
    const { sql, warehouse } = context;
    const names = { staging, key: identifier(stream.key), time: identifier(stream.time) };
    const table = identifier(stream.name);
    const found = await look(context, stream, { ...names, table }, job('look'), rows.span);
    await warehouse.run(job('merge'), {
      sql: fill(await sql('ingest/merge.sql'), { ...names, table, ...columnsOf(stream) }),
      parameters: { ...found.span, ...lineage(run) },
    });
    await collapse(context, { ...names, table }, job, rows.span);
    if (found.waiting === 0) return;
    await warehouse.run(job('release'), {
      sql: fill(await sql('ingest/release_matching.sql'), names),
      parameters: { stream: stream.name, release, ...lineage(run) },
    });
  });
}

/** Undoes what another run has inserted at the same time: of the two, the one that merged last sees it. */
async function collapse(
  { warehouse, sql, portfolio }: Context,
  names: Readonly<Record<string, string>>,
  job: (step: string) => string,
  span: DateRange,
): Promise<void> {
  const { staging: _, ...stored } = names;
  const bounds = around(portfolio, span);
  const twice = await warehouse.run(job('twice'), {
    sql: fill(await sql('ingest/twice.sql'), names),
    parameters: bounds,
  });
  if (twice.length === 0) return;
  const keys = twice.map(({ record_key }) => String(record_key));
  await warehouse.run(job('collapse'), {
    sql: fill(await sql('ingest/collapse.sql'), stored),
    parameters: { ...bounds, keys },
  });
}

/** The times between which a record of these days, or an earlier word on it, may be stored. */
function around(
  { source: { corrected_within_days: within } }: Portfolio,
  { start, end }: DateRange,
) {
  return {
    from: stamp(startOf(dayAfter(start, -within))),
    until: stamp(startOf(dayAfter(end, within + 1))),
  };
}

/** Where a record that comes may be stored already: in the days that came, and where its key was found. */
async function look(
  { warehouse, sql, portfolio }: Context,
  stream: Stream,
  names: Readonly<Record<string, string>>,
  job: string,
  span: DateRange,
) {
  const [from, until] = [startOf(span.start), startOf(dayAfter(span.end))];
  const [row] = await warehouse.run(job, {
    sql: fill(await sql('ingest/look.sql'), names),
    parameters: { ...around(portfolio, span), stream: stream.name },
  });
  const times = (text: unknown) => (text as { value: string } | null)?.value;
  const [first, last] = [times(row!.first_time), times(row!.last_time)];
  return {
    waiting: Number(row!.waiting),
    span: {
      // Texts of the same form: what is earlier is less.
      from: first !== undefined && new Date(first) < from ? row!.first_time : stamp(from),
      until: last !== undefined && new Date(last) > until ? row!.last_time : stamp(until),
    },
  };
}

/** The parts of the statement that the contract decides. */
function columnsOf({ contract }: Stream) {
  const columns = Object.keys(contract.properties).map(identifier);
  return {
    columns: columns.join(', '),
    arrived: columns.map((column) => `arrived.${column}`).join(', '),
    differs: columns
      .map((column) => `stored.${column} IS DISTINCT FROM arrived.${column}`)
      .join(' OR '),
    assignments: columns.map((column) => `${column} = arrived.${column}`).join(', '),
  };
}

async function keepQuarantined(context: Context, run: Run, rows: LabelledRows): Promise<void> {
  const { warehouse, sql } = context;
  const columns = JSON.parse(await sql('tables/quarantine.json')) as { name: string }[];
  const known: readonly string[] = QUARANTINED;
  const schema = [...columns.filter(({ name }) => known.includes(name)), POSITION];
  await withStaging(context, run, rows, schema, async (staging, job) => {
    await warehouse.run(job('merge'), {
      sql: fill(await sql('ingest/quarantine.sql'), { staging }),
      parameters: lineage(run),
    });
  });
}

/** Loads rows into a table of their own for as long as they are worked with; no rows, no table. */
async function withStaging(
  context: Context,
  run: Run,
  rows: LabelledRows,
  schema: readonly object[],
  work: (staging: string, job: (step: string) => string) => Promise<void>,
): Promise<void> {
  if (rows.count === 0) return;
  const { warehouse, landing } = context;
  const name = `${rows.label}-${rows.digest.slice(0, 12)}`;
  const job = (step: string) => jobOf(context, run, `${name}-${step}`);
  const table = `staging_${run.name}_${name}`.replaceAll('-', '_');
  await warehouse.load(job('load'), { bucket: landing.name, object: rows.object, table, schema });
  await work(identifier(table), job);
  await warehouse.deleteTable(table);
}
