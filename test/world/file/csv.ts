/** Reads CSV (RFC 4180) as it arrives: quoted fields, CRLF or LF, an optional byte order mark. */

/** A file that can't be served; says where in it. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

export interface CsvRow {
  /** Line of the file on which the row starts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Rows as they become whole; blank lines are passed over.
 *
 * @param bytes the file in pieces of any size
 * @param file its name, for errors
 * @throws {FileError} on broken UTF-8 or quoting, with line and column
 */
export async function* readCsv(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
): AsyncGenerator<CsvRow> {
  // It takes the byte order mark away.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = new CsvReader(file);
  const decode = (piece?: Uint8Array): string => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined });
    } catch (error) {
      const place = `${file}, after line ${reader.line - 1}`;
      throw new FileError(`${place}: the bytes are not UTF-8.`, { cause: error });
    }
  };
  for await (const piece of bytes) yield* reader.read(decode(piece));
  yield* reader.read(decode());
  yield* reader.finish();
}

/** A machine over characters; it keeps what is unfinished between pieces. */
class CsvReader {
  line = 1;
  private readonly file: string;
  private column = 0;
  /** Where in a field the last character was; `return` is after a carriage return. */
  private state: 'start' | 'bare' | 'quoted' | 'closed' | 'return' = 'start';
  private field = '';
  private cells: string[] = [];
  private row = { line: 1, blank: true };
  private quoteLine = 1;

  constructor(file: string) {
    this.file = file;
  }

  *read(text: string): Generator<CsvRow> {
    for (const char of text) {
      this.column += 1;
      const ended = this.state === 'quoted' ? this.quoted(char) : this.step(char);
      if (!ended) continue;
      const { row, cells } = this;
      this.cells = [];
      this.row = { line: this.line, blank: true };
      if (!row.blank) yield { line: row.line, cells };
    }
  }

  *finish(): Generator<CsvRow> {
    if (this.state === 'quoted') {
      this.fail(`the quote opened on line ${this.quoteLine} is never closed`);
    }
    this.endField();
    if (!this.row.blank) yield { line: this.row.line, cells: this.cells };
  }

  /** Inside quotes all but a quote is data. @returns whether a row ended: never here */
  private quoted(char: string): boolean {
    if (char === '"') this.state = 'closed';
    else this.field += char;
    if (char === '\n') this.nextLine();
    return false;
  }

  /** @returns whether a row ended */
  private step(char: string): boolean {
    if (this.state === 'return' && char !== '\n') this.fail('a carriage return alone ends no line');
    switch (char) {
      case '\n':
        this.endField();
        this.nextLine();
        return true;
      case '\r':
        this.state = 'return';
        return false;
      case ',':
        this.endField();
        break;
      case '"':
        this.quote();
        break;
      default:
        if (this.state === 'closed') this.fail('a closing quote must end its field');
        this.state = 'bare';
        this.field += char;
    }
    this.row.blank = false;
    return false;
  }

  private quote(): void {
    if (this.state === 'bare') this.fail('a quote must begin its field');
    // A quote after the closing one was a doubled quote, which stands for itself.
    if (this.state === 'closed') this.field += '"';
    else this.quoteLine = this.line;
    this.state = 'quoted';
  }

  private endField(): void {
    this.cells.push(this.field);
    this.field = '';
    this.state = 'start';
  }

  private nextLine(): void {
    this.line += 1;
    this.column = 0;
  }

  private fail(problem: string): never {
    throw new FileError(`${this.file}, line ${this.line}, character ${this.column}: ${problem}.`);
  }
}
