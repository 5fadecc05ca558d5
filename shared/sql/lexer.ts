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
  /** Place of the first character, both counted from 1, as BigQuery reports it. */
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

/** Turns offsets into lines and columns; offsets must not go back by more than a token. */
export class Places {
  private readonly starts: number[] = [0];

  constructor(source: string) {
    for (let i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) {
      this.starts.push(i + 1);
    }
  }

  of(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.starts[low]! + 1 };
  }
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
      const newline = source.indexOf('\n', at);
      if (newline < 0) return source.length;
      at = newline + 1;
    } else if (source.startsWith('/*', at)) {
      const close = source.indexOf('*/', at + 2);
      if (close < 0) throw new SqlSyntaxError('Unclosed comment', places.of(at));
      at = close + 2;
    } else if (/\s/.test(c)) {
      at++;
    } else {
      return at;
    }
  }
}

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
  throw new SqlSyntaxError(`Illegal input character ${JSON.stringify(c)}`, places.of(at));
}

/** In `t.1` and `)[0].5` the point is a path separator, not the start of a number. */
function afterName(source: string, at: number): boolean {
  return at > 0 && /[\w`)\]]/.test(source[at - 1]!);
}

function readNumber(source: string, at: number, places: Places): Token {
  const text = match(NUMBER, source, at)![0];
  const next = source[at + text.length];
  if (next !== undefined && /\w/.test(next)) {
    throw new SqlSyntaxError('Missing whitespace between literal and alias', places.of(at));
  }
  const kind = /^0[xX]/.test(text) || /^\d+$/.test(text) ? 'integer' : 'float';
  return make(kind, text, text, at, at + text.length, places);
}

function readParameter(source: string, at: number, places: Places): Token {
  const system = source[at + 1] === '@';
  const start = at + (system ? 2 : 1);
  const name = source[start] === '`' ? undefined : match(WORD, source, start)![0];
  if (name === '' || name === undefined) {
    throw new SqlSyntaxError('A parameter needs a name', places.of(at));
  }
  const end = start + name.length;
  return make(system ? 'variable' : 'parameter', source.slice(at, end), name, at, end, places);
}

function readQuoted(source: string, at: number, places: Places): Token {
  let end = at + 1;
  while (end < source.length && source[end] !== '`') end += source[end] === '\\' ? 2 : 1;
  if (end >= source.length) throw new SqlSyntaxError('Unclosed identifier literal', places.of(at));
  const value = unescaped(source.slice(at + 1, end), false, at + 1, places);
  if (value === '') throw new SqlSyntaxError('Invalid empty identifier', places.of(at));
  return make('quoted', source.slice(at, end + 1), value, at, end + 1, places);
}

function readLiteral(source: string, at: number, start: RegExpExecArray, places: Places): Token {
  const prefix = (start[1] ?? '').toLowerCase();
  const quote = start[2]!;
  const bodyStart = at + start[0].length;
  let end = bodyStart;
  while (!source.startsWith(quote, end)) {
    const c = source[end];
    if (c === undefined || (c === '\n' && quote.length === 1)) {
      throw new SqlSyntaxError('Unclosed string literal', places.of(at));
    }
    end += c === '\\' ? 2 : 1;
  }
  const body = source.slice(bodyStart, end);
  const bytes = prefix.includes('b');
  const value = prefix.includes('r') ? body : unescaped(body, bytes, bodyStart, places);
  const close = end + quote.length;
  return make(bytes ? 'bytes' : 'string', source.slice(at, close), value, at, close, places);
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
  if (!body.includes('\\')) return body;
  let out = '';
  for (let i = 0; i < body.length; i++) {
    if (body[i] !== '\\') {
      out += body[i];
      continue;
    }
    const simple = SIMPLE_ESCAPES[body[i + 1] ?? ''];
    if (simple !== undefined) {
      out += simple;
      i++;
      continue;
    }
    const coded = match(CODED_ESCAPE, body, i + 1);
    const code = coded && codePoint(coded, bytes);
    if (!coded || code === undefined || code === null) {
      const shown = body.slice(i, i + 2);
      throw new SqlSyntaxError(`Illegal escape sequence: ${shown}`, places.of(offset + i));
    }
    out += String.fromCodePoint(code);
    i += coded[0].length;
  }
  return out;
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
