/** Copy jobs. */
import { ApiError, invalid, notFound, unsupported } from '../../errors.ts';
import { type LocalCatalog, stagingName } from '../catalog/catalog.ts';
import { sameLayout } from '../catalog/evolution.ts';
import type { Database } from '../duckdb/database.ts';
import { tableSize } from '../duckdb/logical_size.ts';
import { describeDataset, describeTable, physicalTable, type TableRef } from '../names.ts';
import type { TableEntry } from '../ports.ts';
import { type Destination, parseDestination, write } from './destination.ts';
import type { JobOutcome, JobRun, Json } from './job.ts';
import { parseTableRef } from './references.ts';

export interface CopyJob {
  readonly sources: readonly TableRef[];
  readonly destination: Destination;
}

/** @throws {ApiError} 400 for what means nothing, 501 naming what is not supported here. */
export function parseCopy(configuration: Json, projectId: string): CopyJob {
  const { sourceTable, sourceTables, operationType, destinationExpirationTime } = configuration;
  if (operationType !== undefined && operationType !== 'COPY') {
    throw unsupported(`copy jobs of operationType ${operationType}`);
  }
  const sources = (sourceTables ?? [sourceTable ?? {}]) as readonly unknown[];
  const table = parseTableRef(configuration.destinationTable ?? {}, projectId);
  const destination = parseDestination(configuration, table, 'WRITE_EMPTY');
  const expires =
    destinationExpirationTime === undefined
      ? {}
      : { expirationTime: String(new Date(String(destinationExpirationTime)).getTime()) };
  return {
    sources: sources.map((source) => parseTableRef(source, projectId)),
    destination: { ...destination, options: { ...destination.options, ...expires } },
  };
}

export async function runCopy(
  { catalog, database }: { readonly catalog: LocalCatalog; readonly database: Database },
  { sources, destination }: CopyJob,
  run: JobRun,
): Promise<JobOutcome> {
  const { table } = destination;
  const entries = sources.map((source) => sourceEntry(catalog, source));
  const [first] = entries;
  if (first === undefined) throw new ApiError(400, 'required', 'A copy needs a sourceTable.');
  const other = entries.find(({ fields }) => !sameLayout(fields, first.fields));
  if (other) throw invalid(`${describeTable(other.ref)} has another schema than the first source.`);
  if (!catalog.hasDataset(table)) throw notFound(describeDataset(table));
  const staged = { table: { ...table, tableId: stagingName(run.id) }, fields: first.fields };
  const selects = entries.map(({ ref }) => `SELECT * FROM ${physicalTable(ref)}`);
  const size = await database.using(async (session) => {
    await session.run(
      `CREATE TABLE ${physicalTable(staged.table)} AS ${selects.join(' UNION ALL ')}`,
    );
    return tableSize(session, staged.table, staged.fields);
  }, run.signal);
  const { timePartitioning, rangePartitioning, clustering } = first.options;
  const inherited = { timePartitioning, rangePartitioning, clustering };
  const options = { ...dropUndefined(inherited), ...destination.options };
  await write(catalog, { ...destination, options }, staged);
  return {
    statistics: {
      copy: { copiedRows: String(size.rows), copiedLogicalBytes: String(size.bytes) },
    },
  };
}

function sourceEntry(catalog: LocalCatalog, source: TableRef): TableEntry {
  const entry = catalog.table(source);
  if (entry === undefined) throw notFound(describeTable(source));
  if (entry.kind === 'VIEW') throw unsupported(`copies of views (${describeTable(source)})`);
  if (entry.fields.length === 0)
    throw unsupported(`copies of tables without a schema (${describeTable(source)})`);
  return entry;
}

const dropUndefined = (options: Json): Json =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
