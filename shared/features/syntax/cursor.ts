import { SqlSyntaxError, type Token, tokenize } from '../../sql/lexer.ts';
import { FeatureError } from '../errors.ts';
import type { Expression, Name, Place, Shape } from './ast.ts';

/** Words that only backticks make a name. Source: "Reserved keywords" of the GoogleSQL reference. */
const RESERVED = new Set(
  `ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE
  CROSS CUBE CURRENT DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT
  FALSE FETCH FOLLOWING FOR FROM FULL GRAPH_TABLE GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN
  INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE NATURAL NEW NO NOT NULL
  NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE RESPECT RIGHT
  ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN
  WHERE WINDOW WITH WITHIN`.split(/\s+/),
);

/** How deep expressions may nest: no stack overflows at it. */
const MAX_DEPTH = 200;

/** A walk over the tokens of a text, with BigQuery's words for what does not fit. */
export class Cursor {
  readonly source: string;
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  /** @throws {FeatureError} for text that is not GoogleSQL's */
  constructor(source: string) {
    this.source = source;
    try {
      this.tokens = tokenize(source);
    } catch (error) {
      if (!(error instanceof SqlSyntaxError)) throw error;
      throw new FeatureError(`Syntax error: ${error.problem}`, error);
    }
  }

  /** The token `ahead` of the next one. */
  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.at++;
    return token;
  }

  /** The last token that was taken. */
  last(): Token {
    return this.tokens[this.at - 1]!;
  }

  isWord(word: string, ahead = 0): boolean {
    return keyword(this.peek(ahead)) === word;
  }

  isOperator(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'operator' && token.value === text;
  }

  /** Takes these words if they are next, all of them. */
  takeWords(...words: string[]): boolean {
    if (!words.every((word, i) => this.isWord(word, i))) return false;
    this.at += words.length;
    return true;
  }

  takeOperator(text: string): boolean {
    if (!this.isOperator(text)) return false;
    this.at++;
    return true;
  }

  expectWord(word: string): void {
    if (!this.takeWords(word)) throw this.unexpected(`keyword ${word}`);
  }

  expectOperator(text: string): void {
    if (!this.takeOperator(text)) throw this.unexpected(JSON.stringify(text));
  }

  isName(ahead = 0): boolean {
    const token = this.peek(ahead);
    return (
      token.kind === 'quoted' || (token.kind === 'identifier' && !RESERVED.has(keyword(token)))
    );
  }

  expectName(): Name {
    if (!this.isName()) throw this.unexpected('a name');
    const { value, start, end, line, column } = this.next();
    return { name: value, start, end, line, column };
  }

  /** Reads something that may hold itself. */
  nested<T>(read: () => T): T {
    if (this.depth >= MAX_DEPTH) throw this.tooDeep(this.peek());
    this.depth++;
    const result = read();
    this.depth--;
    return result;
  }

  /** An expression from `start` to the last token taken. */
  make(start: Place, shape: Shape, children: readonly Expression[] = []): Expression {
    const depth = 1 + Math.max(0, ...children.map((child) => child.depth));
    if (depth > MAX_DEPTH) throw this.tooDeep(start);
    return { ...shape, ...this.placeFrom(start), depth };
  }

  private tooDeep(at: Place): FeatureError {
    const problem = `The expression nests deeper than ${MAX_DEPTH}`;
    return this.refuse(problem, 'Give a part of it a name in a step of its own.', at);
  }

  /** From a token on to the last one taken. */
  placeFrom({ start, line, column }: Place): Place {
    return { start, end: this.last().end, line, column };
  }

  /** The error for something that is well written, but not in the language. */
  refuse(problem: string, advice: string, at: Place = this.peek()): FeatureError {
    return new FeatureError(problem, at, advice);
  }

  /** The error for a next token that cannot stand here. */
  unexpected(wanted?: string): FeatureError {
    const token = this.peek();
    const found = described(token);
    const problem = wanted ? `Expected ${wanted} but got ${found}` : `Unexpected ${found}`;
    const advice = RESERVED.has(keyword(token)) ? 'A column of this name needs backticks.' : '';
    return this.refuse(`Syntax error: ${problem}`, advice);
  }
}

/** The token as a keyword, upper case; '' for what is none. */
export const keyword = (token: Token): string =>
  token.kind === 'identifier' ? token.value.toUpperCase() : '';

const KINDS: Partial<Record<Token['kind'], string>> = {
  quoted: 'identifier',
  string: 'string literal',
  bytes: 'bytes literal',
  integer: 'integer literal',
  float: 'floating point literal',
};

function described(token: Token): string {
  if (token.kind === 'end') return 'end of script';
  if (token.kind === 'operator') return JSON.stringify(token.value);
  if (RESERVED.has(keyword(token))) return `keyword ${keyword(token)}`;
  return `${KINDS[token.kind] ?? token.kind} ${token.text}`;
}
