/**
 * The lexical structure of GoogleSQL: text in, tokens with their places out.
 *
 * Source: "Lexical structure and syntax" of the GoogleSQL reference
 * (identifiers, literals, parameters, comments, escape sequences).
 */

export type TokenKind =
  | 'identifier' // unquoted word, keywords included
  | 'quoted' // `backticked` identifier, `value` without the backticks
  | 'string' // string literal, `value` unescaped
  | 'bytes' // bytes literal, `value` unescaped with one char a byte
  | 'integer' // decimal or hexadecimal
  | 'float'
  | 'parameter' // @name, `value` is the name; or ? with an empty `value`
  | 'variable' // @@name
  | 'operator'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** The token as it stands in the source. */
  readonly text: string;
  /** What it means: unescaped, unquoted; the text itself for words, numbers and operators. */
  readonly value: string;
  /** Offsets into the source in UTF-16 units: [start, end). */
  readonly start: number;
  readonly end: number;
  /**
   * Place of the first character, both counted from 1, as BigQuery reports it: columns count
   * characters, and a tab reaches to the next multiple of 8.
   */
  readonly line: number;
  readonly column: number;
}

/** Text that is not GoogleSQL, with the place where it stops being so. */
export class SqlSyntaxError extends Error {
  override readonly name = 'SqlSyntaxError';
  readonly line: number;
  readonly column: number;
  /** What is wrong, without the place. */
  readonly problem: string;

  constructor(problem: string, at: { line: number; column: number }) {
    super(`${problem} at [${at.line}:${at.column}]`);
    this.problem = problem;
    this.line = at.line;
    this.column = at.column;
  }
}

const WORD_START = /[A-Za-z_]/;
const WORD = /[A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const LITERAL_START = /([rR][bB]|[bB][rR]|[rRbB])?("""|'''|"|')/y;
const SPACE = /[\s\b]/;
const LINE_END = /\r\n|\r|\n/g;
const TAB_WIDTH = 8;
// Longest first: the first that matches wins.
const OPERATORS =
  '<=> => -> |> <= >= <> != || << >> += -= + - * / ~ & | ^ % < > = ( ) [ ] { } , ; . : $ !'.split(
    ' ',
  );

/** @throws {SqlSyntaxError} for an unclosed literal or comment, a bad escape or a stray character. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const places = new Places(source);
  let at = skipSpace(source, 0, places);
  while (at < source.length) {
    const token = read(source, at, places);
    tokens.push(token);
    at = skipSpace(source, token.end, places);
  }
  tokens.push(make('end', '', '', at, at, places));
  return tokens;
}

/** Turns offsets into lines and columns, quickest when offsets rise. */
export class Places {
  private readonly source: string;
  private readonly starts: number[] = [0];
  /** The last answer: the next one on the same line goes on from there. */
  private last = { offset: 0, line: 1, column: 1 };

  constructor(source: string) {
    this.source = source;
    for (const end of source.matchAll(LINE_END)) this.starts.push(end.index + end[0].length);
  }

  of(offset: number): { line: number; column: number } {
    const line = this.lineOf(offset);
    const goesOn = line === this.last.line && offset >= this.last.offset;
    let column = goesOn ? this.last.column : 1;
    for (let i = goesOn ? this.last.offset : this.starts[line - 1]!; i < offset; i++) {
      column = columnAfter(this.source.charCodeAt(i), column);
    }
    this.last = { offset, line, column };
    return { line, column };
  }

  private lineOf(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }
}

function columnAfter(codeUnit: number, column: number): number {
  if (codeUnit === 9) return column + TAB_WIDTH - ((column - 1) % TAB_WIDTH);
  const secondHalf = codeUnit >= 0xdc00 && codeUnit <= 0xdfff;
  return secondHalf ? column : column + 1;
}

function make(
  kind: TokenKind,
  text: string,
  value: string,
  start: number,
  end: number,
  places: Places,
): Token {
  return { kind, text, value, start, end, ...places.of(start) };
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function skipSpace(source: string, from: number, places: Places): number {
  let at = from;
  for (;;) {
    const c = source[at];
    if (c === undefined) return at;
    if (c === '#' || source.startsWith('--', at)) {
      while (at < source.length && !isLineEnd(source[at])) at++;
    } else if (source.startsWith('/*', at)) {
      const close = source.indexOf('*/', at + 2);
      if (close < 0) throw new SqlSyntaxError('Unclosed comment', places.of(at));
      at = close + 2;
    } else if (SPACE.test(c)) {
      at++;
    } else {
      return at;
    }
  }
}

const isLineEnd = (c: string | undefined): boolean => c === '\n' || c === '\r';

function read(source: string, at: number, places: Places): Token {
  const literal = match(LITERAL_START, source, at);
  if (literal) return readLiteral(source, at, literal, places);
  const c = source[at]!;
  if (WORD_START.test(c)) {
    const word = match(WORD, source, at)![0];
    return make('identifier', word, word, at, at + word.length, places);
  }
  if (c === '`') return readQuoted(source, at, places);
  if (/\d/.test(c) || (c === '.' && /\d/.test(source[at + 1] ?? '') && !afterName(source, at))) {
    return readNumber(source, at, places);
  }
  if (c === '@') return readParameter(source, at, places);
  if (c === '?') return make('parameter', '?', '', at, at + 1, places);
  const operator = OPERATORS.find((o) => source.startsWith(o, at));
  if (operator) return make('operator', operator, operator, at, at + operator.length, places);
  const character = String.fromCodePoint(source.codePointAt(at)!);
  throw new SqlSyntaxError(`Illegal input character ${JSON.stringify(character)}`, places.of(at));
}

/** In `t.1` and `)[0].5` the point is a path separator, not the start of a number. */
function afterName(source: string, at: number): boolean {
  return at > 0 && /[\w`)\]]/.test(source[at - 1]!);
}

function readNumber(source: string, at: number, places: Places): Token {
  const text = match(NUMBER, source, at)![0];
  const next = source[at + text.length];
  if (next !== undefined && /\w/.test(next)) {
    if (afterDash(source, at)) {
      const part = match(WORD, source, at)![0];
      return make('identifier', part, part, at, at + part.length, places);
    }
    throw new SqlSyntaxError('Missing whitespace between literal and alias', places.of(at));
  }
  const kind = /^0[xX]/.test(text) || /^\d+$/.test(text) ? 'integer' : 'float';
  return make(kind, text, text, at, at + text.length, places);
}

/** In `my-project-12.dataset.table` the last part of the project's name starts with a digit. */
const afterDash = (source: string, at: number): boolean =>
  source[at - 1] === '-' && /[\w`]/.test(source[at - 2] ?? '');

function readParameter(source: string, at: number, places: Places): Token {
  const system = source[at + 1] === '@';
  const start = at + (system ? 2 : 1);
  const kind = system ? 'variable' : 'parameter';
  if (source[start] === '`') {
    const name = readQuoted(source, start, places);
    return make(kind, source.slice(at, name.end), name.value, at, name.end, places);
  }
  const name = match(WORD, source, start)![0];
  if (name === '') throw new SqlSyntaxError('A parameter needs a name', places.of(at));
  const end = start + name.length;
  return make(kind, source.slice(at, end), name, at, end, places);
}

function readQuoted(source: string, at: number, places: Places): Token {
  const end = closing(source, at + 1, '`');
  if (end < 0) throw new SqlSyntaxError('Unclosed identifier literal', places.of(at));
  const value = unescaped(source.slice(at + 1, end), false, at + 1, places);
  if (value === '') throw new SqlSyntaxError('Invalid empty identifier', places.of(at));
  return make('quoted', source.slice(at, end + 1), value, at, end + 1, places);
}

function readLiteral(source: string, at: number, start: RegExpExecArray, places: Places): Token {
  const prefix = (start[1] ?? '').toLowerCase();
  const quote = start[2]!;
  const bodyStart = at + start[0].length;
  const end = closing(source, bodyStart, quote);
  if (end < 0) throw new SqlSyntaxError('Unclosed string literal', places.of(at));
  const body = source.slice(bodyStart, end);
  const bytes = prefix.includes('b');
  const raw = prefix.includes('r') || !body.includes('\\');
  const value = raw ? plain(body, bytes) : unescaped(body, bytes, bodyStart, places);
  const close = end + quote.length;
  return make(bytes ? 'bytes' : 'string', source.slice(at, close), value, at, close, places);
}

/** Where the quote that opened before `from` closes, or -1; only triple quotes span lines. */
function closing(source: string, from: number, quote: string): number {
  let at = from;
  while (at < source.length && !source.startsWith(quote, at)) {
    if (source[at] === '\\') at++;
    if (quote.length === 1 && isLineEnd(source[at])) return -1;
    at++;
  }
  return at < source.length ? at : -1;
}

/** Text without escapes: line ends count as newlines; bytes are those of its UTF-8 form. */
function plain(text: string, bytes: boolean): string {
  const lines = text.includes('\r') ? text.replace(LINE_END, '\n') : text;
  return bytes ? Buffer.from(lines, 'utf8').toString('latin1') : lines;
}

const SIMPLE_ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

const CODED_ESCAPE = /[xX]([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y;

function unescaped(body: string, bytes: boolean, offset: number, places: Places): string {
  let out = '';
  let at = 0;
  for (let i = body.indexOf('\\'); i >= 0; i = body.indexOf('\\', at)) {
    out += plain(body.slice(at, i), bytes);
    const simple = SIMPLE_ESCAPES[body[i + 1] ?? ''];
    const coded = simple === undefined ? match(CODED_ESCAPE, body, i + 1) : null;
    const code = coded === null ? undefined : codePoint(coded, bytes);
    if (simple === undefined && code === undefined) {
      const [escaped = ''] = body.slice(i + 1, i + 3);
      throw new SqlSyntaxError(`Illegal escape sequence: \\${escaped}`, places.of(offset + i));
    }
    out += simple ?? String.fromCodePoint(code!);
    at = i + 1 + (coded?.[0].length ?? 1);
  }
  return out + plain(body.slice(at), bytes);
}

function codePoint(coded: RegExpExecArray, bytes: boolean): number | undefined {
  const [, hex, octal, short, long] = coded;
  if (hex !== undefined) return Number.parseInt(hex, 16);
  if (octal !== undefined) return Number.parseInt(octal, 8);
  if (bytes) return undefined;
  const code = Number.parseInt(short ?? long ?? '', 16);
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  return surrogate || code > 0x10ffff ? undefined : code;
}
