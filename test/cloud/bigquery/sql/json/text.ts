/**
 * JSON text and the values that it stands for. Numbers keep their digits, objects their order and
 * repeated keys: JSON-formatted strings keep them too, only the JSON type makes them canonical.
 *
 * Source: RFC 8259; "JSON type" of the GoogleSQL reference (canonicalization).
 */

export class InvalidJson extends Error {
  override readonly name = 'InvalidJson';
}

export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export class JsonObject {
  readonly entries: readonly (readonly [string, Json])[];

  constructor(entries: readonly (readonly [string, Json])[]) {
    this.entries = entries;
  }

  get(key: string): Json | undefined {
    return this.entries.find(([name]) => name === key)?.[1];
  }
}

export type Json = null | boolean | string | JsonNumber | JsonObject | readonly Json[];

const DEEPEST = 500;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;

/** @throws {InvalidJson} saying what is wrong and at which character. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  end(): void {
    this.take(SPACE);
    if (this.at < this.text.length) throw this.problem();
  }

  value(depth: number): Json {
    if (depth > DEEPEST) throw new InvalidJson(`JSON is nested more than ${DEEPEST} levels deep`);
    this.take(SPACE);
    const c = this.text[this.at];
    if (c === '{') return this.object(depth);
    if (c === '[') return this.array(depth);
    if (c === '"') return this.string();
    for (const [word, value] of WORDS) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    const number = this.take(NUMBER);
    if (!number) throw this.problem();
    return new JsonNumber(number);
  }

  private object(depth: number): JsonObject {
    const entries: (readonly [string, Json])[] = [];
    this.at++;
    if (this.closes('}')) return new JsonObject(entries);
    do {
      this.take(SPACE);
      const key = this.string();
      this.take(SPACE);
      if (this.text[this.at++] !== ':') throw this.problem(-1);
      entries.push([key, this.value(depth + 1)]);
    } while (this.goesOn('}'));
    return new JsonObject(entries);
  }

  private array(depth: number): Json[] {
    const items: Json[] = [];
    this.at++;
    if (this.closes(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.goesOn(']'));
    return items;
  }

  private string(): string {
    const literal = this.take(STRING);
    if (!literal) throw this.problem();
    return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
  }

  private closes(bracket: string): boolean {
    this.take(SPACE);
    if (this.text[this.at] !== bracket) return false;
    this.at++;
    return true;
  }

  private goesOn(bracket: string): boolean {
    if (this.closes(bracket)) return false;
    if (this.text[this.at] !== ',') throw this.problem();
    this.at++;
    return true;
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private problem(shift = 0): InvalidJson {
    const at = this.at + shift;
    const what = at >= this.text.length ? 'unexpected end of input' : `unexpected character`;
    return new InvalidJson(`syntax error while parsing value: ${what} at position ${at}`);
  }
}

const WORDS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/** Compact text; values as they are. */
export function jsonText(value: Json): string {
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof JsonObject) {
    return `{${value.entries.map(([k, v]) => `${jsonString(k)}:${jsonText(v)}`).join(',')}}`;
  }
  if (isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  return typeof value === 'string' ? jsonString(value) : String(value);
}

/** Text over several lines, two spaces deeper for each level. */
export function prettyJson(value: Json, indent = ''): string {
  const inner = `${indent}  `;
  if (value instanceof JsonObject && value.entries.length > 0) {
    const lines = value.entries.map(
      ([key, v]) => `${inner}${jsonString(key)}: ${prettyJson(v, inner)}`,
    );
    return `{\n${lines.join(',\n')}\n${indent}}`;
  }
  if (isArray(value) && value.length > 0) {
    return `[\n${value.map((v) => inner + prettyJson(v, inner)).join(',\n')}\n${indent}]`;
  }
  return jsonText(value);
}

export const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

/** JSON.stringify leaves U+007F and above as they are, as BigQuery does. */
export const jsonString = (text: string): string => JSON.stringify(text);

/** A value as the JSON type keeps it: keys sorted and the first of equal ones, numbers in one form. */
export function canonical(value: Json): Json {
  if (value instanceof JsonNumber) return new JsonNumber(canonicalNumber(value.text));
  if (isArray(value)) return value.map(canonical);
  if (!(value instanceof JsonObject)) return value;
  const first = new Map<string, Json>();
  for (const [key, inner] of value.entries) if (!first.has(key)) first.set(key, inner);
  const keys = [...first.keys()].sort(byCodePoints);
  return new JsonObject(keys.map((key) => [key, canonical(first.get(key)!)]));
}

/** The canonical text of JSON text. @throws {InvalidJson} */
export const canonicalJson = (text: string): string => jsonText(canonical(parseJson(text)));

const byCodePoints = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));

const LEAST_INTEGER = -(2n ** 63n);
const GREATEST_INTEGER = 2n ** 64n - 1n;

/** Whole numbers up to 64 bits stay whole, everything else is a FLOAT64. @throws {InvalidJson} */
export function canonicalNumber(text: string): string {
  if (/^-?\d+$/.test(text)) {
    const whole = BigInt(text);
    if (whole >= LEAST_INTEGER && whole <= GREATEST_INTEGER) {
      return text === '-0' ? '-0.0' : String(whole);
    }
  }
  const value = Number(text);
  if (!Number.isFinite(value)) throw new InvalidJson(`number overflow parsing '${text}'`);
  return jsonDouble(value);
}

/**
 * A FLOAT64 as JSON shows it: the fewest digits that read back the same, whole ones with `.0`, and
 * with an exponent from 10^15 on and below 10^-4. Source: nlohmann/json, `to_chars`.
 */
export function jsonDouble(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa, power] = value.toExponential().split('e') as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 15) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  const fraction = mantissa.replace(/^-?\d\.?/, '').length;
  return value.toFixed(Math.max(1, fraction - exponent));
}

/** Whether a number comes back from FLOAT64 with the digits that it had. */
export function survives(text: string): boolean {
  if (canonicalNumber(text) === text || /^-?\d+$/.test(canonicalNumber(text))) return true;
  return sameDecimal(text, String(Number(text)));
}

const sameDecimal = (a: string, b: string): boolean => digitsOf(a) === digitsOf(b);

/** Sign, digits without zeros at the ends, and the power of ten of the last one. */
function digitsOf(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  const trimmed = all.replace(/0+$/, '');
  if (trimmed === '') return '0';
  const power = Number(exponent) - fraction.length + (all.length - trimmed.length);
  return `${sign}${trimmed}e${power}`;
}
