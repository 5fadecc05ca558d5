/** One ingestion: the records of some days, from the source into the warehouse's raw tables. */
import { BigQueryTimestamp } from '@google-cloud/bigquery';
import type { Bucket } from '@google-cloud/storage';
import type { Log } from '../../shared/log.ts';
import { type Contract, createCheck, tableSchema } from '../../shared/portfolio/contract.ts';
import type { Portfolio } from '../../shared/portfolio/portfolio.ts';
import { fill, identifier, type SqlFiles } from '../../shared/warehouse/sql.ts';
import type { Warehouse } from '../../shared/warehouse/warehouse.ts';
import { createSorter, type Run } from './sort.ts';
import { type DateRange, fetchRecords, type Source } from './source.ts';
import { type StagedRows, stageRows } from './stage.ts';

export interface Context {
  readonly portfolio: Portfolio;
  readonly warehouse: Warehouse;
  readonly sql: SqlFiles;
  /** Where arrivals are kept before they are loaded, and for as long as the bucket keeps them. */
  readonly landing: Bucket;
  readonly source: Source;
  /** Schema of the quarantine and of the columns that ingestion adds. */
  readonly schemas: { readonly quarantine: readonly object[]; readonly lineage: readonly object[] };
  readonly log: Log;
}

export interface StreamSummary {
  readonly received: number;
  readonly accepted: number;
  readonly quarantined: number;
}

export interface RunSummary {
  readonly run: string;
  readonly range: DateRange;
  readonly applications: StreamSummary;
  readonly outcomes: StreamSummary;
}

/** Records between two lines of progress in the log. */
const PROGRESS_EVERY = 25_000;

interface Stream {
  readonly name: 'applications' | 'outcomes';
  readonly generator: string;
  readonly contract: Contract;
  readonly key: string;
  readonly time: string;
}

/** @param run the same in every delivery of one scheduled run, so that a second one joins the first */
export async function ingest(context: Context, run: Run, range: DateRange): Promise<RunSummary> {
  const { portfolio } = context;
  const streams: Stream[] = [
    {
      name: 'applications',
      generator: portfolio.source.applications,
      contract: portfolio.application,
      key: portfolio.keys.application,
      time: portfolio.keys.time,
    },
    {
      name: 'outcomes',
      generator: portfolio.source.outcomes,
      contract: portfolio.outcome,
      key: portfolio.outcome_keys.outcome,
      time: portfolio.outcome_keys.time,
    },
  ];
  // Both come to an end before the answer leaves, whatever becomes of either. One fault is answered.
  const ended = await Promise.allSettled(
    streams.map((stream) => ingestStream(context, run, range, stream)),
  );
  ended.forEach((end, i) => {
    if (end.status === 'fulfilled') return;
    const fields = { run: run.name, stream: streams[i]!.name, ...range };
    context.log.error('a stream was not ingested', fields, end.reason);
  });
  const [applications, outcomes] = ended.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
  return { run: run.name, range, applications: applications!, outcomes: outcomes! };
}

async function ingestStream(
  context: Context,
  run: Run,
  range: DateRange,
  stream: Stream,
): Promise<StreamSummary> {
  const { accepted, quarantined } = await land(context, run, range, stream);
  await merge(context, run, accepted, {
    table: stream.name,
    key: stream.key,
    time: stream.time,
    schema: [...tableSchema(stream.contract), ...context.schemas.lineage],
    span: 'arrived',
  });
  await merge(context, run, quarantined, {
    table: 'quarantine',
    key: 'quarantine_id',
    time: '_ingested_at',
    schema: context.schemas.quarantine,
    name: `${stream.name}-quarantine`,
    // A bad record that comes again comes at another time.
    span: 'always',
  });
  const summary = {
    received: accepted.count + quarantined.count,
    accepted: accepted.count,
    quarantined: quarantined.count,
  };
  context.log.info('ingested', { run: run.name, stream: stream.name, ...range, ...summary });
  return summary;
}

/** Writes what the source sends to Cloud Storage, good and bad apart. */
async function land(
  context: Context,
  run: Run,
  range: DateRange,
  stream: Stream,
): Promise<{ accepted: StagedRows; quarantined: StagedRows }> {
  const folder = `ingest/${context.portfolio.id}/${run.name}`;
  const accepted = stageRows(context.landing, `${folder}/${stream.name}.ndjson`);
  const quarantined = stageRows(context.landing, `${folder}/${stream.name}_quarantined.ndjson`);
  const sorter = createSorter({
    stream: stream.name,
    check: createCheck(stream.contract, 'lender'),
    transportFields: context.portfolio.source.transport_fields,
    run,
  });
  try {
    for await (const records of fetchRecords(context.source, stream.generator, range)) {
      for (const record of records) {
        const { kind, row } = sorter.sort(record);
        (kind === 'accepted' ? accepted : quarantined).add(row);
        const received = accepted.count + quarantined.count;
        if (received % PROGRESS_EVERY === 0) {
          context.log.info('landing', { run: run.name, stream: stream.name, received });
        }
      }
      await accepted.room();
      await quarantined.room();
    }
    await accepted.close();
    await quarantined.close();
  } catch (error) {
    accepted.abandon();
    quarantined.abandon();
    throw error;
  }
  return { accepted, quarantined };
}

interface Target {
  readonly table: string;
  readonly key: string;
  readonly time: string;
  readonly schema: readonly object[];
  /** What jobs and tables are called after; the table unless said. */
  readonly name?: string;
  /** Where a record that came before is looked for: in the time that has arrived, or anywhere. */
  readonly span: 'arrived' | 'always';
}

const ALWAYS = {
  from: new BigQueryTimestamp('0001-01-01T00:00:00Z'),
  until: new BigQueryTimestamp('9999-12-31T23:59:59Z'),
};

/**
 * Loads an object beside a table and merges it in, so that nothing counts twice. Its jobs are named
 * after the run and the rows: a delivery with the same rows joins them, one with others does not.
 */
async function merge(context: Context, run: Run, rows: StagedRows, target: Target): Promise<void> {
  if (rows.count === 0) return;
  const { warehouse, sql, landing } = context;
  const name = `${run.name}-${target.name ?? target.table}-${rows.digest.slice(0, 12)}`;
  const job = (step: string) => `ingest-${context.portfolio.id}-${name}-${step}`;
  const staging = `staging_${name}`.replaceAll('-', '_');
  await warehouse.load(job('load'), {
    bucket: landing.name,
    object: rows.object,
    table: staging,
    schema: target.schema,
  });
  const names = { staging: identifier(staging), time: identifier(target.time) };
  const span = async () => {
    const [row] = await warehouse.run(job('span'), {
      sql: fill(await sql('ingest/span.sql'), names),
    });
    return { from: row!.first_time, until: row!.last_time };
  };
  await warehouse.run(job('merge'), {
    sql: fill(await sql('ingest/merge.sql'), {
      ...names,
      table: identifier(target.table),
      key: identifier(target.key),
    }),
    parameters: target.span === 'arrived' ? await span() : ALWAYS,
  });
  await warehouse.deleteTable(staging);
}
