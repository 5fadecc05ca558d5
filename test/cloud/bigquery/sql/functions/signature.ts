/**
 * A small language for the signatures of functions: `ARRAY<T>(ARRAY<T>, INT64, [BOOL], STRING...)`.
 *
 * First the result, then the parameters. T and U stand for any type, the same one wherever they
 * stand. `[X]` may be left out, `X...` may be repeated or left out, PART is a date part, ANY a value
 * whose type does not matter, and `name => X` a parameter that is given by its name.
 */
import { type BqType, type Field, scalarType } from '../../types.ts';

export type Pattern =
  | BqType
  | { readonly kind: 'TEMPLATE'; readonly name: string }
  | { readonly kind: 'ARRAY OF'; readonly element: Pattern }
  | { readonly kind: 'STRUCT OF'; readonly fields: readonly { name: string; type: Pattern }[] }
  | { readonly kind: 'PART' }
  | { readonly kind: 'ANY' };

export interface Parameter {
  readonly type: Pattern;
  readonly form: 'required' | 'optional' | 'repeated';
  /** Set where the argument is given as `name => value`. */
  readonly name: string | undefined;
}

export interface Signature {
  readonly result: Pattern;
  readonly parameters: readonly Parameter[];
  readonly text: string;
}

const parsed = new Map<string, Signature>();

/** @throws {TypeError} for text that is no signature: a mistake in a table of functions. */
export function parseSignature(text: string): Signature {
  let signature = parsed.get(text);
  if (!signature) {
    signature = new Reader(text).signature();
    parsed.set(text, signature);
  }
  return signature;
}

class Reader {
  private readonly text: string;
  private readonly tokens: string[];

  constructor(text: string) {
    this.text = text;
    this.tokens = text.match(/=>|\.\.\.|[A-Za-z_0-9]+|[<>()[\],]/g) ?? [];
  }

  signature(): Signature {
    const result = this.pattern();
    this.expect('(');
    const parameters: Parameter[] = [];
    while (this.tokens[0] !== ')') {
      parameters.push(this.parameter());
      if (this.tokens[0] !== ')') this.expect(',');
    }
    this.expect(')');
    return { result, parameters, text: this.text };
  }

  private parameter(): Parameter {
    const optional = this.accept('[');
    const name = this.tokens[1] === '=>' ? this.tokens.shift() : undefined;
    if (name) this.expect('=>');
    const type = this.pattern();
    if (optional) this.expect(']');
    const repeated = this.accept('...');
    return { type, form: repeated ? 'repeated' : optional ? 'optional' : 'required', name };
  }

  private pattern(): Pattern {
    const word = this.tokens.shift() ?? '';
    if (word === 'PART' || word === 'ANY') return { kind: word };
    if (/^[TU]$/.test(word)) return { kind: 'TEMPLATE', name: word };
    if (word === 'ARRAY') return this.array();
    if (word === 'STRUCT') return this.struct();
    const kind = scalarType(word);
    if (!kind) throw new TypeError(`No signature: ${this.text} (at ${word})`);
    return { kind };
  }

  private array(): Pattern {
    this.expect('<');
    const element = this.pattern();
    this.expect('>');
    return isType(element) ? { kind: 'ARRAY', element } : { kind: 'ARRAY OF', element };
  }

  private struct(): Pattern {
    this.expect('<');
    const fields: { name: string; type: Pattern }[] = [];
    do {
      const name = this.tokens.shift() ?? '';
      fields.push({ name, type: this.pattern() });
    } while (this.accept(','));
    this.expect('>');
    const whole = fields.every((field) => isType(field.type));
    return whole ? { kind: 'STRUCT', fields: fields as Field[] } : { kind: 'STRUCT OF', fields };
  }

  private accept(token: string): boolean {
    if (this.tokens[0] !== token) return false;
    this.tokens.shift();
    return true;
  }

  private expect(token: string): void {
    if (!this.accept(token)) throw new TypeError(`No signature: ${this.text} (no ${token})`);
  }
}

/** Whether a pattern is a type already, with nothing left open. */
export const isType = (pattern: Pattern): pattern is BqType =>
  !['TEMPLATE', 'ARRAY OF', 'STRUCT OF', 'PART', 'ANY'].includes(pattern.kind);

/** The type of a pattern when its templates are known. */
export function substitute(pattern: Pattern, templates: ReadonlyMap<string, BqType>): BqType {
  switch (pattern.kind) {
    case 'TEMPLATE':
      return templates.get(pattern.name) ?? { kind: 'INT64' };
    case 'ARRAY OF':
      return { kind: 'ARRAY', element: substitute(pattern.element, templates) };
    case 'STRUCT OF': {
      const fields = pattern.fields.map((f) => ({ ...f, type: substitute(f.type, templates) }));
      return { kind: 'STRUCT', fields };
    }
    case 'PART':
    case 'ANY':
      throw new TypeError(`${pattern.kind} is no type of a value.`);
    default:
      return pattern;
  }
}
