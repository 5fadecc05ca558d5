/** Extract jobs: tables, and models by BigQuery ML, to Cloud Storage. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ApiError, invalid, notFound, unsupported } from '../../errors.ts';
import type { LocalCatalog } from '../catalog/catalog.ts';
import type { Database, Session } from '../duckdb/database.ts';
import { tableSize } from '../duckdb/logical_size.ts';
import { type ObjectName, parseUri } from '../load/sources.ts';
import { describeTable, type ModelRef, physicalTable, quote, type TableRef } from '../names.ts';
import type { MlEngine, ObjectStore, TableEntry } from '../ports.ts';
import type { Field } from '../types.ts';
import type { JobOutcome, JobRun, Json } from './job.ts';
import { parseModelRef, parseTableRef } from './references.ts';
import { csvLines, jsonLines, type LineWriter } from './row_text.ts';

type Format = 'CSV' | 'NEWLINE_DELIMITED_JSON' | 'PARQUET';

export interface TableExtract {
  readonly table: TableRef;
  /** Of a table partitioned by ranges of integers: where the one that is meant begins. */
  readonly partition: number | undefined;
  readonly uri: string;
  readonly format: Format;
  readonly compression: string;
  readonly fieldDelimiter: string;
  readonly printHeader: boolean;
}

export interface ModelExtract {
  readonly model: ModelRef;
  readonly uri: string;
  readonly trialId?: number;
}

const COMPRESSIONS: Readonly<Record<Format, readonly string[]>> = {
  CSV: ['NONE', 'GZIP'],
  NEWLINE_DELIMITED_JSON: ['NONE', 'GZIP'],
  PARQUET: ['NONE', 'SNAPPY', 'GZIP', 'ZSTD'],
};

/** @throws {ApiError} 400 for what means nothing, 501 naming what is not supported here. */
export function parseExtract(configuration: Json, projectId: string): TableExtract | ModelExtract {
  const uris = (configuration.destinationUris ?? [configuration.destinationUri]) as unknown[];
  const [uri] = uris;
  if (typeof uri !== 'string') {
    throw new ApiError(400, 'required', 'Required parameter is missing: destinationUris');
  }
  if (uris.length > 1) throw unsupported('extracts to more than one URI');
  const { object } = parseUri(uri);
  if (object.split('*').length > 2) {
    throw invalid(`Wildcards (*) can only appear once in a URI: ${uri}`);
  }
  const { sourceModel, sourceTable, destinationFormat } = configuration;
  if (sourceModel !== undefined) return parseModel(configuration, projectId, uri);
  const format = parseFormat(destinationFormat);
  const compression = String(configuration.compression ?? 'NONE').toUpperCase();
  if (!COMPRESSIONS[format].includes(compression)) {
    throw invalid(`${format} can't be compressed as ${compression}`, 'compression');
  }
  const { fieldDelimiter: delimiter } = configuration;
  return {
    ...parsePartition(parseTableRef(sourceTable ?? {}, projectId)),
    uri,
    format,
    compression,
    fieldDelimiter: delimiter === '\\t' || delimiter === 'tab' ? '\t' : String(delimiter ?? ','),
    printHeader: configuration.printHeader !== false && configuration.printHeader !== 'false',
  };
}

/** `table$5`: https://docs.cloud.google.com/bigquery/docs/managing-partitioned-table-data#export_table_data */
function parsePartition(table: TableRef): Pick<TableExtract, 'table' | 'partition'> {
  const [, tableId, partition] = /^(.*)\$(\d+)$/.exec(table.tableId) ?? [];
  return tableId === undefined
    ? { table, partition: undefined }
    : { table: { ...table, tableId }, partition: Number(partition) };
}

function parseModel(configuration: Json, projectId: string, uri: string): ModelExtract {
  const { destinationFormat: format, modelExtractOptions } = configuration;
  if (format !== undefined && format !== 'ML_XGBOOST_BOOSTER') {
    throw unsupported(`extracts of models as ${format}: the format is ML_XGBOOST_BOOSTER`);
  }
  const model = parseModelRef(configuration.sourceModel, projectId);
  const trialId = (modelExtractOptions as Json | undefined)?.trialId;
  if (trialId === undefined) return { model, uri };
  if (!/^\d+$/.test(String(trialId))) {
    throw invalid(`Invalid value for trialId: ${trialId}`, 'modelExtractOptions.trialId');
  }
  return { model, uri, trialId: Number(trialId) };
}

function parseFormat(given: unknown): Format {
  const format = String(given ?? 'CSV').toUpperCase();
  if (format in COMPRESSIONS) return format as Format;
  if (format === 'AVRO') throw unsupported('extracts to AVRO files');
  throw invalid(`Invalid value for destinationFormat: ${given}`, 'destinationFormat');
}

export interface ExtractDependencies {
  readonly catalog: LocalCatalog;
  readonly database: Database;
  readonly objectStore: ObjectStore;
  readonly ml: MlEngine;
  readonly workFolder: string;
}

export async function runExtract(
  dependencies: ExtractDependencies,
  extract: TableExtract | ModelExtract,
  run: JobRun,
): Promise<JobOutcome> {
  if ('model' in extract) {
    await dependencies.ml.export(extract.model, extract.uri, extract.trialId);
    return { statistics: { extract: { destinationUriFileCounts: ['1'] } } };
  }
  const entry = dependencies.catalog.table(extract.table);
  if (entry === undefined) throw notFound(describeTable(extract.table));
  checkExtractable(entry, extract.format);
  const files = await dependencies.database.using(
    (session) => write(session, dependencies, entry, extract),
    run.signal,
  );
  return {
    statistics: {
      extract: {
        destinationUriFileCounts: [String(files.count)],
        inputBytes: String(files.inputBytes),
      },
    },
  };
}

function checkExtractable({ ref, kind, fields }: TableEntry, format: Format): void {
  if (kind === 'VIEW') {
    throw invalid(
      `Using ${describeTable(ref).replace('Table', 'table')} is not allowed for this operation because of its type. Try using a different table that is of type TABLE.`,
    );
  }
  const nested = fields.find(({ type }) => type.kind === 'ARRAY' || type.kind === 'STRUCT');
  if (format === 'CSV' && nested) {
    throw invalid(`Operation cannot be performed on a nested schema. Field: ${nested.name}`);
  }
}

/** Logical bytes that a file of many holds at most; a single file holds all. */
const SHARD_BYTES = 64 * 1024 * 1024;
const MOST_SINGLE_BYTES = 1024 ** 3;

async function write(
  session: Session,
  { objectStore: store, workFolder }: ExtractDependencies,
  entry: TableEntry,
  extract: TableExtract,
): Promise<{ count: number; inputBytes: number }> {
  const { fields } = entry;
  const rowsOf = partitionFilter(entry, extract.partition);
  const { rows, bytes } = await tableSize(session, extract.table, fields, rowsOf);
  const isSharded = extract.uri.includes('*');
  if (!isSharded && bytes > MOST_SINGLE_BYTES) {
    throw invalid(
      `Table ${extract.table.tableId} too large to be exported to a single file. Specify a uri including a * to shard export. See 'Exporting data into one or more files' in https://cloud.google.com/bigquery/docs/exporting-data.`,
    );
  }
  const count = isSharded ? Math.max(Math.ceil(bytes / SHARD_BYTES), 1) : 1;
  const each = Math.ceil(rows / count);
  const columns = fields.map(({ name }) => quote(name)).join(', ') || '1';
  for (let i = 0; i < count; i++) {
    const part = count === 1 ? '' : ` LIMIT ${each} OFFSET ${i * each}`;
    const query = `SELECT ${columns} FROM ${physicalTable(extract.table)}${rowsOf}${part}`;
    const content = await fileOf(session, query, fields, extract, workFolder);
    const { bucket, object } = shardName(extract.uri, i);
    await store.write(bucket, object, content, CONTENT_TYPES[extract.format]).catch((error) => {
      throw error instanceof ApiError && error.status === 404
        ? notFound(`URI ${extract.uri}`)
        : error;
    });
  }
  return { count, inputBytes: bytes };
}

/** What of the table is extracted, as a WHERE clause. @throws {ApiError} 400 for a table without such partitions */
function partitionFilter({ ref, options }: TableEntry, partition: number | undefined): string {
  if (partition === undefined) return '';
  const range = options.rangePartitioning as
    | { field: string; range: { interval: string } }
    | undefined;
  if (!range) {
    throw invalid(`${describeTable(ref)} is not partitioned by ranges of integers.`);
  }
  const column = quote(range.field);
  return ` WHERE ${column} >= ${partition} AND ${column} < ${partition + Number(range.range.interval)}`;
}

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  CSV: 'text/csv',
  NEWLINE_DELIMITED_JSON: 'application/json',
  PARQUET: 'application/octet-stream',
};

/** The star becomes the shard's number in twelve digits. */
function shardName(uri: string, index: number): ObjectName {
  const { bucket, object } = parseUri(uri);
  return { bucket, object: object.replace('*', String(index).padStart(12, '0')) };
}

const compress = promisify(gzip);

async function fileOf(
  session: Session,
  query: string,
  fields: readonly Field[],
  extract: TableExtract,
  workFolder: string,
): Promise<Uint8Array> {
  const { format, compression, fieldDelimiter: delimiter, printHeader } = extract;
  if (format === 'PARQUET') return parquetFile(session, query, fields, compression, workFolder);
  const isCsv = format === 'CSV';
  const lines: LineWriter = isCsv ? csvLines(fields, delimiter) : jsonLines(fields);
  const names = fields.map(({ name }) => name).join(delimiter);
  const parts = [Buffer.from(isCsv && printHeader ? `${names}\n` : '')];
  for await (const chunk of session.chunks(query)) parts.push(Buffer.from(lines(chunk).join('')));
  const bytes = Buffer.concat(parts);
  return compression === 'GZIP' ? compress(bytes) : bytes;
}

async function parquetFile(
  session: Session,
  query: string,
  fields: readonly Field[],
  compression: string,
  workFolder: string,
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(workFolder, 'bigquery-extract-'));
  try {
    const path = join(folder, 'parquet');
    const codec = compression === 'NONE' ? 'uncompressed' : compression.toLowerCase();
    // BigQuery marks no timestamp as adjusted to UTC.
    const columns = fields.map(({ name, type }) =>
      type.kind === 'TIMESTAMP' ? `${quote(name)}::TIMESTAMP AS ${quote(name)}` : quote(name),
    );
    await session.run(
      `COPY (SELECT ${columns.join(', ')} FROM (${query})) TO '${path.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION ${codec})`,
    );
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
