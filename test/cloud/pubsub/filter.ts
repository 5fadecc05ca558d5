/**
 * The filter language of subscriptions.
 *
 *   filter     = term { "AND" term } | term { "OR" term }
 *   term       = [ "NOT" | "-" ] ( comparison | "(" filter ")" )
 *   comparison = "attributes" ":" key
 *              | "attributes" "." key ( "=" | "!=" ) string
 *              | "hasPrefix" "(" "attributes" "." key "," string ")"
 *   key        = word of letters, digits, "_" and "-" | string
 *
 * AND and OR are not mixed without parentheses. `!=` is the negation of `=`: it also lets messages
 * through that lack the attribute.
 * Source: https://cloud.google.com/pubsub/docs/subscription-message-filter
 */
import { invalidArgument, tooLarge } from './status.ts';

/** Of a message. */
export type Attributes = Readonly<Record<string, string>>;
/** True for what is delivered. */
export type Filter = (attributes: Attributes) => boolean;

const MAX_BYTES = 256;

/** An empty filter lets everything through. @throws {PubSubError} INVALID_ARGUMENT with the place. */
export function compileFilter(text: string): Filter {
  const size = Buffer.byteLength(text);
  if (size > MAX_BYTES) throw tooLarge('filter_size', size, MAX_BYTES);
  if (text.trim() === '') return () => true;
  const parser = new Parser(text);
  const filter = parser.filter();
  parser.end();
  return filter;
}

interface Token {
  readonly kind: 'word' | 'string' | 'symbol' | 'end';
  /** A string's value, unescaped. */
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:(?<word>[\p{L}\p{N}_-]+)|(?<string>"(?:[^"\\]|\\.)*")|(?<symbol>!=|[:=.,()]))/suy;

class Parser {
  private readonly text: string;
  private readonly tokens: Token[] = [];
  private next = 0;

  constructor(text: string) {
    this.text = text;
    let at = 0;
    while (text.slice(at).trim() !== '') {
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(text);
      if (!found) throw this.error('an unexpected character', at + leadingSpace(text, at));
      this.tokens.push(...this.split(found));
      at = TOKEN.lastIndex;
    }
    this.tokens.push({ kind: 'end', text: 'the end', at: text.length });
  }

  /** A leading `-` is the operator, elsewhere it belongs to the word. */
  private split(found: RegExpExecArray): Token[] {
    const { word, string, symbol } = found.groups as Record<string, string | undefined>;
    const at = found.index + leadingSpace(this.text, found.index);
    if (word?.startsWith('-')) {
      const rest = word.slice(1);
      const minus: Token = { kind: 'symbol', text: '-', at };
      return rest ? [minus, { kind: 'word', text: rest, at: at + 1 }] : [minus];
    }
    if (word !== undefined) return [{ kind: 'word', text: word, at }];
    if (string !== undefined) return [{ kind: 'string', text: this.unescape(string, at), at }];
    return [{ kind: 'symbol', text: symbol!, at }];
  }

  filter(): Filter {
    const terms = [this.term()];
    const operator = this.peek('AND') ? 'AND' : 'OR';
    while (this.accept(operator)) terms.push(this.term());
    const other = operator === 'AND' ? 'OR' : 'AND';
    if (this.peek(other)) {
      throw this.error('AND and OR side by side: use parentheses to combine them', this.token.at);
    }
    if (terms.length === 1) return terms[0]!;
    return operator === 'AND'
      ? (attributes) => terms.every((term) => term(attributes))
      : (attributes) => terms.some((term) => term(attributes));
  }

  private term(): Filter {
    const negated = this.accept('NOT') || this.accept('-');
    const inner = this.accept('(') ? this.group() : this.comparison();
    return negated ? (attributes) => !inner(attributes) : inner;
  }

  private group(): Filter {
    const inner = this.filter();
    this.expect(')');
    return inner;
  }

  private comparison(): Filter {
    if (this.accept('hasPrefix')) return this.hasPrefix();
    this.expect('attributes');
    if (this.accept(':')) {
      const key = this.key();
      return (attributes) => attribute(attributes, key) !== undefined;
    }
    this.expect('.');
    const key = this.key();
    const equal = this.accept('=');
    if (!equal) this.expect('!=');
    const value = this.string();
    return (attributes) => (attribute(attributes, key) === value) === equal;
  }

  private hasPrefix(): Filter {
    this.expect('(');
    this.expect('attributes');
    this.expect('.');
    const key = this.key();
    this.expect(',');
    const prefix = this.string();
    this.expect(')');
    return (attributes) => attribute(attributes, key)?.startsWith(prefix) ?? false;
  }

  end(): void {
    if (this.token.kind !== 'end') throw this.unexpected('AND, OR or the end');
  }

  private key(): string {
    const { kind, text } = this.token;
    if (kind !== 'word' && kind !== 'string') throw this.unexpected('the key of an attribute');
    this.next++;
    return text;
  }

  private string(): string {
    const { kind, text } = this.token;
    if (kind !== 'string') throw this.unexpected('a string in double quotes');
    this.next++;
    return text;
  }

  private get token(): Token {
    return this.tokens[this.next]!;
  }

  private peek(text: string): boolean {
    return this.token.text === text && this.token.kind !== 'string' && this.token.kind !== 'end';
  }

  private accept(text: string): boolean {
    const found = this.peek(text);
    if (found) this.next++;
    return found;
  }

  private expect(text: string): void {
    if (!this.accept(text)) throw this.unexpected(text);
  }

  private unexpected(wanted: string): Error {
    const { text, at } = this.token;
    return this.error(`${text} where ${wanted} is expected`, at);
  }

  private error(problem: string, at: number): Error {
    return invalidArgument(
      `Invalid filter (filter=${this.text}): ${problem}, at character ${at + 1}.`,
    );
  }

  /** Escapes of a string literal: \\ \" \' \n …, \xHH, \OOO, \uHHHH, \UHHHHHHHH. */
  private unescape(literal: string, at: number): string {
    const escapes = /\\(?:x(\p{AHex}{2})|([0-3][0-7]{2})|u(\p{AHex}{4})|U(\p{AHex}{8})|(.))/gsu;
    return literal
      .slice(1, -1)
      .replace(escapes, (whole, hex, octal, short, long, letter: string | undefined) => {
        const digits = hex ?? short ?? long;
        const code = digits ? Number.parseInt(digits, 16) : octal && Number.parseInt(octal, 8);
        const plain = letter === undefined ? undefined : ESCAPES[letter];
        if (plain !== undefined) return plain;
        if (letter !== undefined || code > 0x10ffff) {
          throw this.error(`an unknown escape ${whole}`, at);
        }
        return String.fromCodePoint(code);
      });
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  '"': '"',
  "'": "'",
  '`': '`',
  '?': '?',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const attribute = (attributes: Attributes, key: string): string | undefined =>
  Object.hasOwn(attributes, key) ? attributes[key] : undefined;

const leadingSpace = (text: string, at: number): number =>
  text.slice(at).length - text.slice(at).trimStart().length;
