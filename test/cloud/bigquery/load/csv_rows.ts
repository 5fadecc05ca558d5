/** Splits CSV into rows and cells, byte by byte as BigQuery does: before anything is decoded. */
import { unsupported } from '../../errors.ts';
import { type Line, lineBatches } from './lines.ts';

export interface CsvFormat {
  readonly fieldDelimiter: string;
  /** '' where nothing is quoted. */
  readonly quote: string;
  readonly allowQuotedNewlines: boolean;
}

export interface CsvRow {
  readonly cells: readonly string[];
  /** By cell: whether it stood in quotes, which makes an empty one a value. */
  readonly quoted: readonly boolean[];
  /** What is wrong with the row as a whole. */
  readonly problem?: string;
  /** Bytes before it, and its first line. */
  readonly position: number;
  readonly line: number;
}

interface Signs {
  readonly delimiter: number;
  /** -1 where nothing is quoted. */
  readonly quote: number;
}

/** The rows of a file, in batches. */
export async function* csvRows(
  path: string,
  format: CsvFormat,
  signal?: AbortSignal,
): AsyncGenerator<CsvRow[]> {
  const signs: Signs = {
    delimiter: signOf('fieldDelimiter', format.fieldDelimiter),
    quote: format.quote === '' ? -1 : signOf('quote', format.quote),
  };
  let open: Line | undefined;
  for await (const batch of lineBatches(path, signal)) {
    const rows: CsvRow[] = [];
    for (const line of batch) {
      const whole: Line = open ? joined(open, line) : line;
      // A line without a quote can't close one.
      const cells = open && !line.bytes.includes(signs.quote) ? undefined : split(whole, signs);
      open = cells === undefined && format.allowQuotedNewlines ? whole : undefined;
      if (!open) rows.push(cells ?? unclosed(whole, format.quote));
    }
    yield rows;
  }
  if (open) yield [unclosed(open, format.quote)];
}

function signOf(what: string, text: string): number {
  const sign = text === '\\t' ? '\t' : text;
  if (sign.length !== 1 || sign.charCodeAt(0) > 127) {
    throw unsupported(`${what} ${JSON.stringify(text)}, which is not one ASCII character`);
  }
  return sign.charCodeAt(0);
}

const joined = (open: Line, next: Line): Line => ({
  ...open,
  bytes: Buffer.concat([open.bytes, Buffer.from(open.end), next.bytes]),
  end: next.end,
});

const unclosed = ({ position, line }: Line, quote: string): CsvRow => ({
  cells: [],
  quoted: [],
  problem: `Error detected while parsing row starting at position: ${position}. Error: Missing close quote character (${quote}).`,
  position,
  line,
});

/** The cells of a line; undefined where a quote is not closed. */
function split(source: Line, { delimiter, quote }: Signs): CsvRow | undefined {
  const { bytes, position, line } = source;
  const cells: string[] = [];
  const quoted: boolean[] = [];
  let start = 0;
  while (start <= bytes.length) {
    const isQuoted = bytes[start] === quote;
    const close = isQuoted ? closing(bytes, start + 1, quote) : undefined;
    if (isQuoted && close === undefined) return undefined;
    const found = bytes.indexOf(delimiter, close === undefined ? start : close + 1);
    const end = found < 0 ? bytes.length : found;
    if (close !== undefined && end !== close + 1) {
      const sign = String.fromCharCode(quote);
      const problem = `Error detected while parsing row starting at position: ${position}. Error: Data between close quote character (${sign}) and field separator.`;
      return { cells, quoted, problem, position, line };
    }
    cells.push(
      close === undefined ? text(bytes, start, end) : unquoted(bytes, start, close, quote),
    );
    quoted.push(isQuoted);
    start = end + 1;
  }
  return { cells, quoted, position, line };
}

/** Where the quote that opened before `from` is closed: a doubled one is a character. */
function closing(bytes: Buffer, from: number, quote: number): number | undefined {
  for (let at = bytes.indexOf(quote, from); at >= 0; at = bytes.indexOf(quote, at + 2)) {
    if (bytes[at + 1] !== quote) return at;
  }
  return undefined;
}

const text = (bytes: Buffer, start: number, end: number): string =>
  bytes.toString('utf8', start, end);

function unquoted(bytes: Buffer, open: number, close: number, quote: number): string {
  const sign = String.fromCharCode(quote);
  return text(bytes, open + 1, close).replaceAll(sign + sign, sign);
}
