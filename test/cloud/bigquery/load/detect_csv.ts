/** Columns, delimiter and header of a CSV file, from its first rows. */
import type { Field, ScalarType } from '../types.ts';
import { isBlank } from './csv.ts';
import { type CsvFormat, csvRows } from './csv_rows.ts';
import { guess, join, SAMPLE } from './guess.ts';
import type { CsvSettings } from './settings.ts';
import type { SourceFile } from './sources.ts';

export interface DetectedCsv {
  readonly fields: readonly Field[];
  readonly fieldDelimiter: string;
  /** Rows before the data, with the header where there is one. */
  readonly skipLeadingRows: number;
  /** Detection takes them for what they are. */
  readonly allowQuotedNewlines: true;
}

const DELIMITERS = [',', '|', '\t'] as const;

/**
 * Columns, delimiter and header of a CSV file. Of `skipLeadingRows`, undefined looks for a header in
 * the first row, 0 says that there is none, and N skips N-1 rows and takes the names from the Nth.
 */
export async function detectCsv(
  file: SourceFile,
  csv: CsvSettings,
  signal: AbortSignal,
): Promise<DetectedCsv> {
  const { skipLeadingRows: skip, fieldDelimiter: given } = csv;
  const format = { quote: csv.quote, allowQuotedNewlines: true };
  let best: { fieldDelimiter: string; rows: string[][] } | undefined;
  for (const fieldDelimiter of given === undefined ? DELIMITERS : [given]) {
    const rows = await sampleCsv(file, { ...format, fieldDelimiter }, signal);
    if (best === undefined || width(rows) > width(best.rows)) best = { fieldDelimiter, rows };
  }
  const { fieldDelimiter, rows } = best!;
  const before = Math.max((skip ?? 1) - 1, 0);
  const [first = [], ...rest] = rows.slice(before);
  const hasHeader = skip === undefined ? isHeader(first, rest) : skip > 0;
  const kinds = columnKinds(hasHeader ? rest : rows.slice(before), csv.nullMarkers);
  const names = hasHeader ? headerNames(first) : kinds.map(genericName);
  return {
    fields: names.map((name, i) => ({ name, type: { kind: kinds[i] ?? 'STRING' } })),
    fieldDelimiter,
    skipLeadingRows: hasHeader ? before + 1 : 0,
    allowQuotedNewlines: true,
  };
}

const width = (rows: readonly string[][]): number => Math.max(0, ...rows.map((row) => row.length));

async function sampleCsv(
  file: SourceFile,
  format: CsvFormat,
  signal: AbortSignal,
): Promise<string[][]> {
  const rows: string[][] = [];
  for await (const batch of csvRows(file.path, format, signal)) {
    for (const row of batch) {
      if (!isBlank(row) && row.problem === undefined) rows.push([...row.cells]);
      if (rows.length > SAMPLE) return rows;
    }
  }
  return rows;
}

/** Text above what is not only text. */
const isHeader = (first: readonly string[], rest: readonly string[][]): boolean =>
  first.length > 0 &&
  first.every((cell) => guess(cell) === 'STRING') &&
  columnKinds(rest, ['']).some((kind) => kind !== 'STRING');

function columnKinds(rows: readonly string[][], nullMarkers: readonly string[]): ScalarType[] {
  return Array.from({ length: width(rows) }, (_, i) => {
    const cells = rows.map((row) => row[i] ?? '').filter((cell) => !nullMarkers.includes(cell));
    return cells.length === 0 ? 'STRING' : cells.map(guess).reduce(join);
  });
}

/** `string_field_0`: what a column without a name is called. */
const genericName = (kind: ScalarType, index: number): string =>
  `${kind === 'FLOAT64' ? 'double' : kind.toLowerCase()}_field_${index}`;

/** A name's other characters become underscores; a second one of its kind gets a number. */
function headerNames(cells: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return cells.map((cell, i) => {
    const plain = cell.trim().replaceAll(/\W/g, '_') || `string_field_${i}`;
    const name = /^\d/.test(plain) ? `_${plain}` : plain;
    const count = seen.get(name.toLowerCase()) ?? 0;
    seen.set(name.toLowerCase(), count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}
