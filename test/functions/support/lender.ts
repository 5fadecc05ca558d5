/** A lender for a test: an empty local Google Cloud of its own, and a portfolio's folder beside the product's SQL. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { type Bucket, Storage } from '@google-cloud/storage';
import { createObjects, type Objects } from '../../../shared/google/objects.ts';
import { findPortfolio, type Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { datasetOf } from '../../../shared/warehouse/names.ts';
import { type Cloud, startCloud } from '../../cloud/cloud.ts';
import { provision, RESOURCES } from '../../start/provision.ts';
import { LOANS, type PortfolioFiles } from './loans.ts';
import { type LoanRows, loanRows } from './rows.ts';

/** Made afresh by `before`, taken away by `after`; its members may be used in between only. */
export interface Lender {
  readonly projectId: string;
  /** The local cloud's own: origin, variables. */
  readonly cloud: Cloud;
  /** What a function needs by environment, all of them together; PORTFOLIOS names the portfolio. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder with the product's SQL for all portfolios and the one of the test. */
  readonly sqlDirectory: string;
  readonly portfolio: Portfolio;
  readonly bigquery: BigQuery;
  readonly storage: Storage;
  readonly models: Bucket;
  readonly objects: Objects;
}

const PROJECT = 'flit-test';

/**
 * Registers the hooks of a lender in the `describe` that it is called in: starts a local cloud in
 * memory, points process.env at it (and restores it afterwards), writes the portfolio's files and
 * provisions what it needs. The tables are empty: see `seedRows`.
 */
export function useLender(files: PortfolioFiles = LOANS): Lender {
  const lender = {} as { -readonly [K in keyof Lender]: Lender[K] };
  const undo: (() => Promise<unknown> | undefined)[] = [];
  before(async () => {
    const cloud = await startCloud({ projectId: PROJECT });
    undo.push(() => cloud.stop());
    undo.push(changeEnvironment(cloud.env));
    const sqlDirectory = await mkdtemp(join(tmpdir(), 'flit-sql-'));
    undo.push(() => rm(sqlDirectory, { recursive: true }));
    await writeSql(sqlDirectory, files);
    const portfolio = await findPortfolio(sqlDirectory, files['portfolio.json'].id);
    await provision(PROJECT, portfolio);
    const storage = new Storage({ projectId: PROJECT });
    const models = storage.bucket(RESOURCES.modelsBucket);
    Object.assign(lender, {
      projectId: PROJECT,
      cloud,
      environment: {
        ...cloud.env,
        GOOGLE_CLOUD_PROJECT: PROJECT,
        BIGQUERY_LOCATION: RESOURCES.location,
        SQL_DIRECTORY: sqlDirectory,
        MODELS_BUCKET: RESOURCES.modelsBucket,
        LANDING_BUCKET: RESOURCES.landingBucket,
        DECISIONS_BUCKET: RESOURCES.decisionsBucket,
        DECISIONS_TOPIC: RESOURCES.decisionsTopic,
        ALERTS_BUCKET: RESOURCES.alertsBucket,
        ALERTS_TOPIC: RESOURCES.alertsTopic,
        BATCH_BUCKET: RESOURCES.batchBucket,
        BATCH_TOPIC: RESOURCES.batchTopic,
        SCHEDULER_URL: `http://${cloud.env.CLOUD_SCHEDULER_EMULATOR_HOST}`,
        SCHEDULER_LOCATION: RESOURCES.schedulerLocation,
        PORTFOLIOS: portfolio.id,
      },
      sqlDirectory,
      portfolio,
      bigquery: new BigQuery({ projectId: PROJECT }),
      storage,
      models,
      objects: createObjects(models),
    } satisfies Lender);
  });
  after(async () => {
    while (undo.length > 0) await undo.pop()!();
  });
  return lender;
}

/** Sets variables; what comes back restores the ones before. */
export function changeEnvironment(variables: Readonly<Record<string, string>>): () => undefined {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    return undefined;
  };
}

/** Writes a portfolio's folder, and beside it the SQL that all portfolios share. */
export async function writeSql(directory: string, files: PortfolioFiles): Promise<void> {
  const all = ['alerts', 'batch', 'ingest', 'monitor', 'registry', 'replay', 'retrain', 'tables'];
  for (const shared of all) {
    await cp(join('sql', shared), join(directory, shared), { recursive: true });
  }
  const folder = join(directory, files['portfolio.json'].id);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
    await writeFile(join(folder, name), text);
  }
}

/** Puts records into the raw tables, as an ingestion would have left them. */
export async function seedRows(lender: Lender, rows: LoanRows = loanRows()): Promise<void> {
  const lineage = { _ingest_run: 'seed', _ingested_at: '2026-06-01T00:00:00Z' };
  for (const table of ['applications', 'outcomes'] as const) {
    const lines = rows[table].map((row) => JSON.stringify({ ...row, ...lineage }));
    const file = lender.storage.bucket(RESOURCES.landingBucket).file(`seed/${table}.ndjson`);
    await file.save(lines.join('\n'), { resumable: false });
    await lender.bigquery
      .dataset(datasetOf(lender.portfolio.id))
      .table(table)
      .load(file, { sourceFormat: 'NEWLINE_DELIMITED_JSON' });
  }
}

/** Rows of a query in the portfolio's dataset. */
export async function query(
  { bigquery, projectId, portfolio }: Lender,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const defaultDataset = { projectId, datasetId: datasetOf(portfolio.id) };
  const [rows] = await bigquery.query({ query: sql, defaultDataset });
  return rows;
}
