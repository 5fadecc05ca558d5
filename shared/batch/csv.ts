/** Comma-separated values (RFC 4180): records with the lines that they begin on. */

export interface CsvRecord {
  readonly cells: string[];
  /** Of the file, from 1 on. */
  readonly line: number;
}

/** Text after a closing quote, or a quote that is never closed. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
}

/** Cells of a record, and where the next one begins. */
const CELL = /"((?:[^"]|"")*)"(?=[,\r\n]|$)|([^",\r\n]*)(?=[,\r\n]|$)/y;

/** A byte order mark and empty lines are passed over. @throws {CsvError} naming the line */
export function* csvRecords(text: string): Generator<CsvRecord> {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const record: CsvRecord = { cells: [], line };
    for (;;) {
      CELL.lastIndex = at;
      const match = CELL.exec(text);
      if (!match)
        throw new CsvError(`line ${line}: a quote is not closed, or stands within a cell`);
      const [whole, quoted, plain] = match;
      record.cells.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
      line += quoted?.split('\n').length ? quoted.split('\n').length - 1 : 0;
      at += whole.length;
      if (text[at] !== ',') break;
      at++;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line++;
    if (record.cells.length > 1 || record.cells[0] !== '') yield record;
  }
}

/** A line of CSV, without its end. */
export const csvLine = (cells: readonly string[]): string => cells.map(csvCell).join(',');

const csvCell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
