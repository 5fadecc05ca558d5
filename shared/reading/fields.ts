/** A contract as the reader of records wants it: one place a field, tables in place of objects. */
import type { Type } from '../features/types.ts';
import {
  type Contract,
  columnType,
  isNullable,
  type Property,
  requestFields,
} from '../portfolio/contract.ts';
import { type KnownTexts, knownTexts } from './words.ts';

/** How the value of a field is written. Numbers, so that a switch is a jump. */
export const KIND = {
  number: 0,
  integer: 1,
  boolean: 2,
  listed: 3,
  text: 4,
  time: 5,
  date: 6,
} as const;

/** Fields of a contract, in its order: what may be in them, one entry of each table a field. */
export interface Fields {
  readonly names: readonly string[];
  readonly types: readonly Type[];
  /** `"name"` */
  readonly quoted: KnownTexts;
  /** `"name":`, as a key is usually written. */
  readonly keys: KnownTexts;
  readonly kinds: Uint8Array;
  readonly nullable: Uint8Array;
  readonly required: Uint8Array;
  /** Bounds of a number; of a text, of its length. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Where in `values` those of a listed text begin; its last is before the next field's first. */
  readonly firstValues: Int32Array;
  readonly values: readonly string[];
  /** `"value"` */
  readonly writtenValues: KnownTexts;
  /** What a text may consist of: 1 for a byte that it may hold, 256 entries a field. */
  readonly alphabets: Uint8Array;
  /** What a text must match besides. */
  readonly patterns: readonly (RegExp | undefined)[];
}

/** Bytes of JSON that stand for themselves in a text: all of ASCII but controls, quote and backslash. */
const isPlain = (text: string): boolean => /^[ !#-[\]-~]*$/.test(text);

/** Of the fields that a checkout sends. */
export function compileFields(contract: Contract): Fields {
  const fields = requestFields(contract);
  const count = fields.length;
  const values: string[] = [];
  const firstValues = new Int32Array(count + 1);
  const alphabets = new Uint8Array(256 * count);
  const low = new Float64Array(count);
  const high = new Float64Array(count);
  const patterns = fields.map(([, field], i) => {
    // One that is written otherwise is never found, and left to who can read it.
    if ('enum' in field) values.push(...field.enum.filter(isPlain));
    firstValues[i + 1] = values.length;
    if ('minimum' in field) {
      low[i] = field.minimum;
      high[i] = field.maximum;
    }
    if (!('maxLength' in field)) return undefined;
    const text = compileText(field);
    low[i] = text.shortest;
    high[i] = text.longest;
    alphabets.set(text.alphabet, 256 * i);
    return text.pattern;
  });
  return {
    names: fields.map(([name]) => name),
    types: fields.map(([, field]) => columnType(field)),
    quoted: knownTexts(fields.map(([name]) => `"${name}"`)),
    keys: knownTexts(fields.map(([name]) => `"${name}":`)),
    kinds: Uint8Array.from(fields, ([, field]) => kindOf(field)),
    nullable: Uint8Array.from(fields, ([, field]) => Number(isNullable(field))),
    required: Uint8Array.from(fields, ([name]) => Number(contract.required.includes(name))),
    low,
    high,
    firstValues,
    values,
    writtenValues: knownTexts(values.map((value) => `"${value}"`)),
    alphabets,
    patterns,
  };
}

function kindOf(field: Property): number {
  if ('enum' in field) return KIND.listed;
  if ('maxLength' in field) return KIND.text;
  switch (columnType(field)) {
    case 'TIMESTAMP':
      return KIND.time;
    case 'DATE':
      return KIND.date;
    case 'BOOL':
      return KIND.boolean;
    case 'INT64':
      return KIND.integer;
    default:
      return KIND.number;
  }
}

/** One class of characters, repeated: as most keys and codes have it. */
const CLASS = /^\^(\[[^\]\\^][^\]\\]*\])(?:\+|(\*)|\{(\d{1,5})(?:(,)(\d{1,5})?)?\})\$$/;

interface TextForm {
  readonly alphabet: Uint8Array;
  readonly shortest: number;
  readonly longest: number;
  /** Undefined where alphabet and length say it all. */
  readonly pattern: RegExp | undefined;
}

function compileText({
  maxLength,
  pattern,
}: {
  readonly maxLength: number;
  readonly pattern?: string | undefined;
}): TextForm {
  const free = { alphabet: alphabetOf(isPlain), shortest: 0, longest: maxLength };
  if (pattern === undefined) return { ...free, pattern: undefined };
  const [whole, of, star, least, comma, most] = CLASS.exec(pattern) ?? [];
  if (whole === undefined) return { ...free, pattern: new RegExp(pattern, 'u') };
  const one = new RegExp(`^${of}$`, 'u');
  const shortest = star ? 0 : Number(least ?? 1);
  const bound = Number(
    least === undefined || (comma && most === undefined) ? maxLength : (most ?? least),
  );
  return {
    alphabet: alphabetOf((character) => isPlain(character) && one.test(character)),
    shortest,
    longest: Math.min(maxLength, bound),
    pattern: undefined,
  };
}

const alphabetOf = (has: (character: string) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => Number(has(String.fromCharCode(byte))));
