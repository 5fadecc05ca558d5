/** What the tests of ingestion share: a lender, a source, and tables that are empty before each test. */
import type { Context } from '../../../functions/ingest/context.ts';
import { type IngestRequest, ingest, type RunSummary } from '../../../functions/ingest/run.ts';
import { connectAlerts } from '../../../shared/alerts/connect.ts';
import { datasetOf } from '../../../shared/warehouse/names.ts';
import { sqlFiles } from '../../../shared/warehouse/sql.ts';
import { createWarehouse } from '../../../shared/warehouse/warehouse.ts';
import { RESOURCES } from '../../start/provision.ts';
import { type Lender, query, useLender } from '../support/lender.ts';
import { LOANS, type PortfolioFiles } from '../support/loans.ts';
import { keepLog } from '../support/log.ts';
import { records, startSource, type TestSource } from './source.ts';

/** What the tables are partitioned by: every query has a filter on it. */
const TIMES = {
  applications: 'asked_at',
  outcomes: 'known_at',
  reviews: 'reviewed_at',
  quarantine: '_ingested_at',
  ingested_days: 'day',
  data_quality: 'day',
  column_profiles: 'day',
} as const;

/** The day that is asked for, and when the runs are due. */
export const RANGE = { start: '2026-04-01', end: '2026-04-01' };
export const DUE = new Date('2026-06-01T01:15:00.000Z');

/** A request for those days, whether or not they were ingested before, with all the time that there is. */
export const requestOf = (
  name: string,
  { due = DUE, ...changes }: Partial<IngestRequest> & { readonly due?: Date } = {},
): IngestRequest => ({
  run: { name, due },
  range: RANGE,
  again: () => new Date('2100-01-01'),
  deadline: new Date('2100-01-01'),
  ...changes,
});

/** Rows to send, by stream; what is left out stays as it was scripted. */
export interface Streams {
  readonly loans?: readonly unknown[];
  readonly loan_outcomes?: readonly unknown[];
  readonly loan_reviews?: readonly unknown[];
}

/** An ingestion of the portfolio `loans`; its parts may be used within tests only. */
export interface Ingesting {
  readonly lender: Lender;
  readonly source: TestSource;
  /** What an ingestion works with, as the function makes it; parts may be replaced. */
  contextOf(changes?: Partial<Context>): Promise<Context>;
  /** A name that no run had before. */
  newName(): string;
  /** Sends streams and ingests them; each call is a run of its own unless named. */
  arrive(
    streams: Streams,
    name?: string,
    changes?: Partial<Context> & {
      readonly due?: Date;
      readonly request?: Partial<IngestRequest>;
    },
  ): Promise<RunSummary>;
  /** One column of a table, in order. */
  ids(table?: string, column?: string): Promise<unknown[]>;
  /** Rows of all tables together. */
  count(): Promise<number>;
  /** Tables that a run should have cleared up. */
  staging(): Promise<string[]>;
}

/** Registers the hooks of an ingestion in the `describe` that it is called in. */
export function useIngestion(files: PortfolioFiles = LOANS): Ingesting {
  const lender = useLender(files);
  const parts = {} as { source: TestSource };
  before(async () => {
    parts.source = await startSource();
  });
  after(() => parts.source.stop());
  beforeEach(async () => {
    for (const name of Object.keys(parts.source.scripts)) delete parts.source.scripts[name];
    for (const table of Object.keys(TIMES)) {
      await query(lender, `TRUNCATE TABLE ${table}`);
    }
  });
  let names = 0;
  const newName = () => `run${++names}`;
  const contextOf = (changes: Partial<Context> = {}) => contextFor(lender, parts.source, changes);
  const ids = async (table: keyof typeof TIMES = 'applications', column = 'loan_id') => {
    const always = `WHERE ${TIMES[table]} >= '2000-01-01'`;
    const rows = await query(lender, `SELECT ${column} AS id FROM ${table} ${always} ORDER BY id`);
    return rows.map(({ id }) => id);
  };
  return {
    lender,
    get source() {
      return parts.source;
    },
    contextOf,
    newName,
    async arrive(streams, name = newName(), { due = DUE, request = {}, ...changes } = {}) {
      for (const [generator, rows] of Object.entries(streams)) {
        parts.source.scripts[generator] = records(rows);
      }
      return ingest(await contextOf(changes), requestOf(name, { due, ...request }));
    },
    ids,
    async count() {
      const tables = await Promise.all([
        ids(),
        ids('outcomes'),
        ids('quarantine', 'quarantine_id'),
      ]);
      return tables.flat().length;
    },
    async staging() {
      const [tables] = await lender.bigquery.dataset(datasetOf('loans')).getTables();
      return tables.map(({ id }) => id!).filter((id) => id.startsWith('staging'));
    },
  };
}

async function contextFor(
  lender: Lender,
  source: TestSource,
  changes: Partial<Context>,
): Promise<Context> {
  const log = keepLog();
  const settings = {
    ALERTS_BUCKET: RESOURCES.alertsBucket,
    ALERTS_TOPIC: RESOURCES.alertsTopic,
    BIGQUERY_LOCATION: RESOURCES.location,
    SQL_DIRECTORY: lender.sqlDirectory,
  };
  return {
    alerts: connectAlerts('ingest', lender.bigquery, settings)(lender.portfolio, log),
    portfolio: lender.portfolio,
    warehouse: createWarehouse({
      bigquery: lender.bigquery,
      datasetId: datasetOf('loans'),
      location: RESOURCES.location,
      log,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / 5)),
      labels: {},
    }),
    sql: sqlFiles(lender.sqlDirectory),
    landing: lender.storage.bucket(RESOURCES.landingBucket),
    source: { url: source.url, parameters: { seed: 7 } },
    log,
    now: () => new Date(),
    ...changes,
  };
}

/** Keys of applications as `ids` answers them. */
export const idsOf = (rows: readonly { readonly loan_id: string }[]): string[] =>
  rows.map(({ loan_id }) => loan_id).sort();
