/** From files to a staged DuckDB table: the whole of a load job but for making it visible. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '../../errors.ts';
import type { Session } from '../duckdb/database.ts';
import { TableWriter } from '../duckdb/table_writer.ts';
import type { DatasetRef } from '../names.ts';
import type { Field } from '../types.ts';
import { type CsvOptions, readCsv } from './csv.ts';
import { detectCsv } from './detect_csv.ts';
import { detectJson } from './detect_json.ts';
import { readNdjson } from './ndjson.ts';
import { parquetSchema, readParquet } from './parquet.ts';
import { isPlainSchema, readPlainNdjson } from './plain_ndjson.ts';
import type { CsvSettings, LoadSettings } from './settings.ts';
import { fetchSources, type Source, type SourceFile } from './sources.ts';
import { createStaged, dropStaged, type Staged } from './staging.ts';
import { type ErrorProto, Tally } from './tally.ts';

export interface LoadInput {
  readonly settings: LoadSettings;
  readonly source: Source;
  readonly dataset: DatasetRef;
  /** Names the staged table. */
  readonly id: string;
  /** Where files are put down on their way. */
  readonly workFolder: string;
  /** Fields of the destination table where it exists. */
  readonly existing: readonly Field[] | undefined;
  readonly signal: AbortSignal;
  /** Refuses fields that do not go together with the destination, before anything is read. */
  readonly check: (fields: readonly Field[]) => void;
}

export interface Loaded {
  readonly staged: Staged;
  readonly outputRows: number;
  readonly badRecords: number;
  readonly inputFiles: number;
  readonly inputFileBytes: number;
  /** The bad rows that were let pass. */
  readonly warnings: readonly ErrorProto[];
}

/** @throws {ApiError} for a load that fails; nothing stays staged then. */
export async function load(session: Session, input: LoadInput): Promise<Loaded> {
  const { settings, source, signal, workFolder } = input;
  const folder = await mkdtemp(join(workFolder, 'bigquery-load-'));
  try {
    const files = await fetchSources(source, folder, settings.encoding, signal);
    return await loadFiles(session, files, input);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function loadFiles(
  session: Session,
  files: readonly SourceFile[],
  input: LoadInput,
): Promise<Loaded> {
  const { settings } = input;
  const layout = await layoutOf(session, files, input);
  input.check(layout.fields);
  const staged = await createStaged(session, input.dataset, input.id, layout.fields);
  try {
    const tally = new Tally(settings.format === 'CSV' ? 'CSV' : 'JSON', settings.maxBadRecords);
    let outputRows = 0;
    for (const file of files)
      outputRows += await readFile(session, file, staged, tally, layout, input);
    return {
      staged,
      outputRows,
      badRecords: tally.bad,
      inputFiles: files.length,
      inputFileBytes: files.reduce((sum, { size }) => sum + size, 0),
      warnings: tally.details,
    };
  } catch (error) {
    await dropStaged(session, staged);
    throw error;
  }
}

/** What the files hold: their columns, and for CSV what was found out of its form. */
interface Layout {
  readonly fields: readonly Field[];
  readonly csv: CsvSettings;
}

async function layoutOf(
  session: Session,
  files: readonly SourceFile[],
  { settings, existing, signal }: LoadInput,
): Promise<Layout> {
  const { schema, csv, format, autodetect } = settings;
  if (schema.length > 0) return { fields: schema, csv };
  if (format === 'PARQUET') {
    return { fields: await parquetSchema(session, files, settings), csv };
  }
  const first = files[0];
  if (autodetect && first !== undefined) {
    if (format === 'NEWLINE_DELIMITED_JSON') {
      return { fields: known(await detectJson(first, signal), existing), csv };
    }
    const { fields, ...form } = await detectCsv(first, csv, signal);
    return { fields: known(fields, existing), csv: { ...csv, ...form } };
  }
  if (existing === undefined || existing.length === 0) {
    throw invalid('No schema specified on job or table.');
  }
  return { fields: existing, csv };
}

/** Detection guesses; of a column that the table has already nothing is to be guessed. */
const known = (detected: readonly Field[], existing: readonly Field[] = []): readonly Field[] =>
  detected.map(
    (field) => existing.find((e) => e.name.toLowerCase() === field.name.toLowerCase()) ?? field,
  );

async function readFile(
  session: Session,
  file: SourceFile,
  staged: Staged,
  tally: Tally,
  { fields, csv }: Layout,
  { settings, signal }: LoadInput,
): Promise<number> {
  const { format, ignoreUnknownValues } = settings;
  if (format === 'PARQUET') return readParquet(session, file, staged, settings);
  if (format === 'NEWLINE_DELIMITED_JSON' && isPlainSchema(fields)) {
    const rows = await readPlainNdjson(session, file, staged);
    if (rows !== undefined) {
      tally.rows += rows;
      return rows;
    }
  }
  const before = tally.rows - tally.bad;
  const writer = await TableWriter.open(session, staged.table);
  try {
    if (format === 'CSV')
      await readCsv(file, fields, writer, tally, csvOptions(settings, csv, signal));
    else await readNdjson(file, fields, writer, tally, { ignoreUnknownValues, signal });
  } finally {
    writer.close();
  }
  return tally.rows - tally.bad - before;
}

const csvOptions = (settings: LoadSettings, csv: CsvSettings, signal: AbortSignal): CsvOptions => ({
  ...csv,
  fieldDelimiter: csv.fieldDelimiter ?? ',',
  skipLeadingRows: csv.skipLeadingRows ?? 0,
  ignoreUnknownValues: settings.ignoreUnknownValues,
  signal,
});
