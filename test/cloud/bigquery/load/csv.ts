/** CSV into rows of DuckDB's values. */
import type { DuckDBValue } from '@duckdb/node-api';
import { invalid, unsupported } from '../../errors.ts';
import type { TableWriter } from '../duckdb/table_writer.ts';
import type { Field, ScalarType } from '../types.ts';
import { type CsvFormat, type CsvRow, csvRows } from './csv_rows.ts';
import { Misfit } from './misfit.ts';
import { SCALAR_READERS } from './scalars.ts';
import type { SourceFile } from './sources.ts';
import type { Tally } from './tally.ts';

export interface CsvOptions extends CsvFormat {
  readonly skipLeadingRows: number;
  readonly allowJaggedRows: boolean;
  readonly ignoreUnknownValues: boolean;
  /** Texts that stand for NULL where they are not quoted. */
  readonly nullMarkers: readonly string[];
  readonly preserveAsciiControlCharacters: boolean;
  readonly signal: AbortSignal;
}

/**
 * Appends a file's rows.
 * @param fields the columns of the file, in their order, which is the table's.
 * @throws {LoadFailure} when too many rows are bad.
 */
export async function readCsv(
  file: SourceFile,
  fields: readonly Field[],
  writer: TableWriter,
  tally: Tally,
  options: CsvOptions,
): Promise<void> {
  const readers = fields.map((field, i) => cellReader(field, i, options));
  let skipped = 0;
  for await (const batch of csvRows(file.path, options, options.signal)) {
    for (const row of batch) {
      if (skipped < options.skipLeadingRows) {
        skipped++;
        continue;
      }
      if (isBlank(row)) continue;
      tally.rows++;
      try {
        writer.append(readRow(row, readers, options));
      } catch (error) {
        if (!(error instanceof Misfit)) throw error;
        tally.addBad(error, { uri: file.uri, position: row.position, line: row.line });
      }
    }
  }
}

/** An empty line is no row. */
export const isBlank = ({ cells, quoted }: CsvRow): boolean =>
  cells.length === 1 && cells[0] === '' && !quoted[0];

/** Undefined is a cell that a short row lacks. */
type CellReader = (text: string | undefined, isQuoted: boolean, row: CsvRow) => DuckDBValue;

function readRow(
  row: CsvRow,
  readers: readonly CellReader[],
  options: CsvOptions,
): readonly DuckDBValue[] {
  const { cells, quoted, problem, position } = row;
  if (problem !== undefined) throw new Misfit('', problem);
  if (cells.length > readers.length && !options.ignoreUnknownValues) {
    throw new Misfit(
      '',
      `Too many values in row starting at position: ${position}. Found ${cells.length} column(s) while expected ${readers.length}.`,
    );
  }
  if (cells.length < readers.length && !options.allowJaggedRows) {
    throw new Misfit(
      '',
      `CSV table references column position ${cells.length}, but line starting at position:${position} contains only ${cells.length} columns.`,
    );
  }
  return readers.map((read, i) => read(cells[i], quoted[i] ?? false, row));
}

function cellReader(field: Field, index: number, options: CsvOptions): CellReader {
  const { name, type, required } = field;
  if (type.kind === 'ARRAY' || type.kind === 'STRUCT') {
    throw invalid(`CSV can't hold nested or repeated data. Field: ${name}`);
  }
  const kind: ScalarType = type.kind;
  const read = SCALAR_READERS[kind];
  if (read === undefined) throw unsupported(`rows for columns of type ${kind}`);
  const isText = kind === 'STRING' || kind === 'BYTES';
  const markers = new Set(options.nullMarkers);
  return (text, isQuoted, row) => {
    if (text === undefined || (markers.has(text) && !(isQuoted && isText))) {
      if (!required) return null;
      throw new Misfit(
        name,
        `Required column value for column index: ${index} is missing in row starting at position: ${row.position}`,
      );
    }
    if (!options.preserveAsciiControlCharacters && text.includes('\0')) {
      throw new Misfit(name, `Bad character (ASCII 0) encountered.`);
    }
    const value = read(text);
    if (value !== undefined) return value;
    throw new Misfit(
      name,
      `Could not parse '${text}' as ${kind} for field ${name} (position ${index}) starting at location ${row.position}  with message 'Unable to parse'`,
    );
  };
}
