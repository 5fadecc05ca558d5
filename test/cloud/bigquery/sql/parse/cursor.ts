/** Walks over tokens: looks ahead, takes what is expected, and says what stands there instead. */
import { SqlSyntaxError, type Token, tokenize } from '../../../../../shared/sql/lexer.ts';
import type { Expr, Name, Place, TypeNode } from './ast.ts';
import type { Query } from './query_ast.ts';

/** Words that name nothing unless they are quoted. Source: "Reserved keywords". */
const RESERVED = new Set(
  (
    'ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE ' +
    'CROSS CUBE CURRENT DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS ' +
    'EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL GRAPH_TABLE GROUP GROUPING GROUPS HASH HAVING IF ' +
    'IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE NATURAL ' +
    'NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE ' +
    'RECURSIVE RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE ' +
    'UNBOUNDED UNION UNNEST USING WHEN WHERE WINDOW WITH WITHIN'
  ).split(' '),
);

/** The rules that call each other in circles; `parse.ts` ties them together. */
export interface Grammar {
  readonly expression: (cursor: Cursor) => Expr;
  readonly query: (cursor: Cursor) => Query;
  readonly type: (cursor: Cursor) => TypeNode;
}

export class Cursor {
  readonly source: string;
  readonly grammar: Grammar;
  /** Positional parameters seen so far. */
  positional = 0;
  private readonly tokens: readonly Token[];
  private readonly words: readonly string[];
  private closings: ReadonlyMap<number, number> | undefined;
  private index = 0;

  /** @throws {SqlSyntaxError} where the text has no tokens. */
  constructor(source: string, grammar: Grammar) {
    this.source = source;
    this.grammar = grammar;
    this.tokens = tokenize(source);
    this.words = this.tokens.map((t) => (t.kind === 'identifier' ? t.text.toUpperCase() : ''));
  }

  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)]!;
  }

  /** The token as a keyword in upper case; '' when it is no unquoted word. */
  word(ahead = 0): string {
    return this.words[Math.min(this.index + ahead, this.words.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.index++;
    return token;
  }

  get place(): Place {
    return placeOf(this.peek());
  }

  /** A mark to come back to. */
  get mark(): number {
    return this.index;
  }

  backTo(mark: number): void {
    this.index = mark;
  }

  /** Where the token before this one ends. */
  get previousEnd(): number {
    return this.index === 0 ? 0 : this.tokens[this.index - 1]!.end;
  }

  /** Whether these keywords stand here, one after the other. */
  sees(...words: readonly string[]): boolean {
    return words.every((word, i) => this.word(i) === word);
  }

  seesOperator(operator: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'operator' && token.text === operator;
  }

  /** Takes these keywords if all of them stand here. */
  accept(...words: readonly string[]): boolean {
    if (!this.sees(...words)) return false;
    this.index += words.length;
    return true;
  }

  acceptOperator(operator: string): boolean {
    if (!this.seesOperator(operator)) return false;
    this.index++;
    return true;
  }

  expect(...words: readonly string[]): void {
    for (const word of words) {
      if (!this.accept(word)) throw this.expected(`keyword ${word}`);
    }
  }

  expectOperator(operator: string): void {
    if (!this.acceptOperator(operator)) throw this.expected(`"${operator}"`);
  }

  /** How far ahead the `(` that stands so far ahead is closed; beyond the end when it is not. */
  closing(ahead: number): number {
    this.closings ??= closingsOf(this.tokens);
    const index = this.closings.get(this.index + ahead) ?? this.tokens.length;
    return index - this.index;
  }

  /** Whether an unquoted name or a quoted one stands here. */
  seesName(ahead = 0): boolean {
    const { kind } = this.peek(ahead);
    return kind === 'quoted' || (kind === 'identifier' && !RESERVED.has(this.word(ahead)));
  }

  name(): Name {
    if (!this.seesName()) throw this.unexpected();
    return nameOf(this.next());
  }

  /** A name after a point, where keywords are names too. */
  anyName(): Name {
    const { kind } = this.peek();
    if (kind !== 'quoted' && kind !== 'identifier') throw this.unexpected();
    return nameOf(this.next());
  }

  names(): Name[] {
    return this.list(() => this.name());
  }

  /** One or more, with commas between them. */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.acceptOperator(',')) items.push(item());
    return items;
  }

  parenthesized<T>(inner: () => T): T {
    this.expectOperator('(');
    const value = inner();
    this.expectOperator(')');
    return value;
  }

  /** `[AS] alias`; after AS any name, otherwise none that is reserved. */
  alias(): Name | undefined {
    if (this.accept('AS')) return this.name();
    return this.seesName() ? this.name() : undefined;
  }

  expression(): Expr {
    return this.grammar.expression(this);
  }

  query(): Query {
    return this.grammar.query(this);
  }

  type(): TypeNode {
    return this.grammar.type(this);
  }

  /** Splits `>>` that closes two types. */
  closeAngle(): void {
    if (this.seesOperator('>>')) {
      const { tokens, index } = this;
      const token = tokens[index]!;
      const half = {
        ...token,
        text: '>',
        value: '>',
        start: token.start + 1,
        column: token.column + 1,
      };
      (tokens as Token[])[index] = half;
      return;
    }
    this.expectOperator('>');
  }

  expected(what: string): SqlSyntaxError {
    return new SqlSyntaxError(`Expected ${what} but got ${describe(this.peek())}`, this.peek());
  }

  unexpected(): SqlSyntaxError {
    return new SqlSyntaxError(`Unexpected ${describe(this.peek())}`, this.peek());
  }

  problem(problem: string, at: Place = this.place): SqlSyntaxError {
    return new SqlSyntaxError(problem, at);
  }
}

function closingsOf(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (const [i, { kind, text }] of tokens.entries()) {
    if (kind !== 'operator') continue;
    if (text === '(') open.push(i);
    else if (text === ')' && open.length > 0) closings.set(open.pop()!, i);
  }
  return closings;
}

export const placeOf = (token: Token): Place => ({
  line: token.line,
  column: token.column,
  offset: token.start,
});

const nameOf = (token: Token): Name => ({ text: token.value, at: placeOf(token) });

/** A token as BigQuery's messages name it. */
function describe(token: Token): string {
  const upper = token.text.toUpperCase();
  switch (token.kind) {
    case 'end':
      return 'end of script';
    case 'identifier':
      return RESERVED.has(upper) || KEYWORDS.has(upper)
        ? `keyword ${upper}`
        : `identifier "${token.text}"`;
    case 'quoted':
      return `identifier ${token.text}`;
    case 'string':
      return `string literal ${token.text}`;
    case 'bytes':
      return `bytes literal ${token.text}`;
    case 'integer':
      return `integer literal "${token.text}"`;
    case 'float':
      return `floating point literal "${token.text}"`;
    default:
      return `"${token.text}"`;
  }
}

/** Keywords that are not reserved, but that messages call keywords all the same. */
const KEYWORDS = new Set(
  (
    'ADD ALTER ASSERT BEGIN CLONE CLUSTER COLUMN COPY DELETE DROP EXECUTE EXPORT FUNCTION INSERT ' +
    'MATCHED MODEL OPTIONS REPLACE SCHEMA SOURCE TABLE TARGET TEMP TEMPORARY TRUNCATE UPDATE VALUES VIEW'
  ).split(' '),
);
