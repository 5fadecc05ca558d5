import {
  SqlSyntaxError,
  type Token,
  type TokenKind,
  tokenize,
} from '../../../../shared/sql/lexer.ts';
import { type ApiError, invalidQuery } from '../../errors.ts';

/** The tokens of a statement, read from left to right. */
export class Cursor {
  readonly sql: string;
  private readonly tokens: readonly Token[];
  private index = 0;

  /** @throws {ApiError} invalidQuery where the text is not GoogleSQL. */
  constructor(sql: string) {
    this.sql = sql;
    try {
      this.tokens = tokenize(sql);
    } catch (error) {
      if (error instanceof SqlSyntaxError) throw invalidQuery(`Syntax error: ${error.message}`);
      throw error;
    }
  }

  /** The next token; the last one, of kind 'end', is never passed. */
  get next(): Token {
    return this.tokens[this.index]!;
  }

  ahead(count: number): Token {
    return this.tokens[Math.min(this.index + count, this.tokens.length - 1)]!;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.index++;
    return token;
  }

  atEnd(): boolean {
    return this.next.kind === 'end';
  }

  isWord(word: string, token: Token = this.next): boolean {
    return token.kind === 'identifier' && token.value.toUpperCase() === word;
  }

  isOperator(text: string, token: Token = this.next): boolean {
    return token.kind === 'operator' && token.text === text;
  }

  /** Passes the words if all of them come next. */
  takeWords(...words: string[]): boolean {
    if (!words.every((word, i) => this.isWord(word, this.ahead(i)))) return false;
    this.index += words.length;
    return true;
  }

  takeOperator(text: string): boolean {
    if (!this.isOperator(text)) return false;
    this.index++;
    return true;
  }

  expectWords(...words: string[]): void {
    for (const word of words) {
      if (!this.takeWords(word)) throw this.unexpected(`keyword ${word}`);
    }
  }

  expectOperator(text: string): void {
    if (!this.takeOperator(text)) throw this.unexpected(`"${text}"`);
  }

  expect(kind: TokenKind, what: string): Token {
    if (this.next.kind !== kind) throw this.unexpected(what);
    return this.take();
  }

  /** Passes a `;` and demands that nothing follows. */
  expectEnd(): void {
    this.takeOperator(';');
    if (!this.atEnd()) throw this.unexpected('end of input');
  }

  unexpected(wanted: string): ApiError {
    const { kind, text, line, column } = this.next;
    const got = kind === 'end' ? 'end of script' : `"${text}"`;
    return invalidQuery(`Syntax error: Expected ${wanted} but got ${got} at [${line}:${column}]`);
  }
}

/** An error at a token. */
export const errorAt = (token: Token, message: string): ApiError =>
  invalidQuery(`${message} at [${token.line}:${token.column}]`);
