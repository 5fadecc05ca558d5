/** A CSV file as a table: named columns, typed cells, one key. */
import { createReadStream } from 'node:fs';
import { type CsvRow, FileError, readCsv } from './csv.ts';

/** A value of a table. */
export type Cell = string | number | null;

/** Lower case, with `_` for every run of anything but letters and digits (ASCII). */
export const columnName = (header: string): string =>
  header.toLowerCase().replace(/[^a-z0-9]+/g, '_');

const NUMBER = /^-?(?:0|[1-9]\d*)?(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * A number where the text is one, null where it is empty, else the text. Codes stay text: what
 * starts with a needless zero (a postal code) and whole numbers too long to be kept exactly.
 */
export function cellValue(text: string): Cell {
  if (text === '') return null;
  if (!NUMBER.test(text) || !/\d/.test(text)) return text;
  const value = Number(text);
  const exact = !/^-?\d+$/.test(text) || Number.isSafeInteger(value);
  return exact && Number.isFinite(value) ? value : text;
}

/** What is known of a file that has been read once from end to end and found whole. */
export interface Table {
  readonly file: string;
  readonly columns: readonly string[];
  readonly rowCount: number;
}

/**
 * Reads the whole file and checks it.
 *
 * @param needed columns that it must have
 * @throws {FileError} naming file, line and column of what is wrong
 */
export async function checkTable(
  file: string,
  key: string,
  needed: readonly string[],
): Promise<Table> {
  const rows = open(file);
  const columns = await readHeader(rows, file);
  const missing = [key, ...needed].filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    const has = columns.join(', ');
    throw new FileError(`${file}, line 1: no column ${missing.join(', ')}; there are ${has}.`);
  }
  const seen = new Map<string, number>();
  const at = columns.indexOf(key);
  for await (const { line, cells } of rows) {
    checkWidth(cells, columns, file, line);
    const value = cells[at]!;
    const place = `${file}, line ${line}, column ${key}`;
    if (value === '') throw new FileError(`${place}: the key is empty.`);
    const before = seen.get(value);
    if (before !== undefined) {
      throw new FileError(`${place}: the key ${value} is on line ${before} already.`);
    }
    seen.set(value, line);
  }
  return { file, columns, rowCount: seen.size };
}

/** The rows of a checked file, in order. @throws {FileError} where it has changed for the worse */
export async function* tableRows({ file, columns }: Table): AsyncGenerator<readonly Cell[]> {
  const rows = open(file);
  await rows.next();
  for await (const { line, cells } of rows) {
    checkWidth(cells, columns, file, line);
    yield cells.map(cellValue);
  }
}

async function readHeader(rows: AsyncGenerator<CsvRow>, file: string): Promise<string[]> {
  const first = await rows.next();
  if (first.done) throw new FileError(`${file}: the file is empty; its first line names columns.`);
  const columns = first.value.cells.map(columnName);
  columns.forEach((name, index) => {
    const place = `${file}, line ${first.value.line}, column ${index + 1}`;
    if (name === '') throw new FileError(`${place}: it has no name.`);
    const twin = columns.indexOf(name);
    if (twin < index) throw new FileError(`${place}: ${name} is column ${twin + 1} already.`);
  });
  return columns;
}

function checkWidth(
  cells: readonly string[],
  columns: readonly string[],
  file: string,
  line: number,
): void {
  if (cells.length === columns.length) return;
  const [has, needs] = [cells.length, columns.length];
  const where = has < needs ? `column ${columns[has]} is missing` : `cell ${needs + 1} is too many`;
  throw new FileError(`${file}, line ${line}: ${has} cells for ${needs} columns; ${where}.`);
}

async function* open(file: string): AsyncGenerator<CsvRow> {
  try {
    yield* readCsv(createReadStream(file), file);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const { message } = error as Error;
    throw new FileError(`${file}: it can't be read: ${message}`, { cause: error });
  }
}
