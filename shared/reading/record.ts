/** Records of a contract out of the bytes of JSON, without an object or a text of what nobody asks for. */
import type { Slots } from '../features/slots.ts';
import type { Contract } from '../portfolio/contract.ts';
import { asciiText } from './ascii.ts';
import { compileFields, type Fields, KIND } from './fields.ts';
import { REFUSED, readInteger, readNumber } from './numbers.ts';
import { skipSpace } from './space.ts';
import { readDate, readTime } from './times.ts';
import { isText } from './words.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const SMALL_E = 0x65;
const SMALL_N = 0x6e;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Records are counted anew after so many: the largest that an Int32Array holds. */
const MOST_RECORDS = 2 ** 31 - 1;

/** The bytes of `null`, `true` and `fals`, as little-endian words. */
const NULL = 0x6c6c_756e;
const TRUE = 0x6575_7274;
const FALS = 0x736c_6166;

/**
 * Reads plain records. What is unusual in any way it refuses, right or wrong: that is for who can
 * say what is wrong.
 */
export class RecordReader {
  /** Of the record that was read last: absent is NULL, too. */
  readonly slots: Slots;
  readonly #fields: Fields;
  readonly #wanted: Uint8Array;
  /** The field that came after each in an earlier record; behind them all, the first. */
  readonly #after: Int32Array;
  /** The last record that had each field. */
  readonly #seen: Int32Array;
  #record = 0;

  /** @param wanted the fields whose texts shall be in the slots */
  constructor(contract: Contract, wanted: ReadonlySet<string>) {
    const fields = compileFields(contract);
    const { names, types } = fields;
    this.#fields = fields;
    this.#wanted = Uint8Array.from(names, (name) => Number(wanted.has(name)));
    this.#after = Int32Array.from({ length: names.length + 1 }, (_, i) => (i + 1) % names.length);
    this.#after[names.length] = 0;
    this.#seen = new Int32Array(names.length);
    this.slots = {
      names,
      types: types.map((type, i) =>
        type !== 'STRING' || this.#wanted[i] === 1 ? type : undefined,
      ),
      numbers: new Float64Array(names.length).fill(Number.NaN),
      texts: new Array<string | null>(names.length).fill(null),
    };
  }

  /**
   * Reads the record that begins at `at` into the slots.
   * @param bytes of which the last is a closing brace
   * @param view of the same bytes
   * @returns where it ends, or REFUSED
   */
  read(bytes: Uint8Array, view: DataView, at: number): number {
    const { keys } = this.#fields;
    const after = this.#after;
    const seen = this.#seen;
    if (this.#record === MOST_RECORDS) {
      seen.fill(0);
      this.#record = 0;
    }
    const record = ++this.#record;
    let found = 0;
    let field = seen.length;
    if (bytes[at] !== OPEN) return REFUSED;
    at = skipSpace(bytes, at + 1);
    if (bytes[at] !== CLOSE) {
      for (;;) {
        const before = field;
        field = after[before]!;
        if (isText(keys, field, view, at)) at += keys.lengths[field]!;
        else {
          at = this.#readKey(bytes, view, at, before);
          if (at === REFUSED) return REFUSED;
          field = after[before]!;
        }
        if (seen[field] === record) return REFUSED;
        seen[field] = record;
        found++;
        at = this.#readValue(bytes, view, skipSpace(bytes, at), field);
        if (at === REFUSED) return REFUSED;
        if (bytes[at] !== COMMA) {
          at = skipSpace(bytes, at);
          if (bytes[at] === CLOSE) break;
          if (bytes[at] !== COMMA) return REFUSED;
        }
        at = skipSpace(bytes, at + 1);
      }
    }
    if (found < seen.length && !this.#clearAbsent(record)) return REFUSED;
    return at + 1;
  }

  /**
   * Reads a key that is not the one that came there before, or not written as usual, and takes note
   * of its field.
   * @returns where its colon ends, or REFUSED
   */
  #readKey(bytes: Uint8Array, view: DataView, at: number, before: number): number {
    const { quoted } = this.#fields;
    const end = bytes.indexOf(QUOTE, at + 1) + 1;
    for (let field = 0; field < quoted.lengths.length; field++) {
      if (quoted.lengths[field] === end - at && isText(quoted, field, view, at)) {
        this.#after[before] = field;
        at = skipSpace(bytes, end);
        return bytes[at] === COLON ? at + 1 : REFUSED;
      }
    }
    return REFUSED;
  }

  /** @returns where it ends, or REFUSED */
  #readValue(bytes: Uint8Array, view: DataView, at: number, field: number): number {
    const { kinds, nullable, low, high } = this.#fields;
    const { numbers, texts } = this.slots;
    const kind = kinds[field]!;
    if (bytes[at] === SMALL_N) {
      if (nullable[field] !== 1 || !isWord(view, at, NULL)) return REFUSED;
      numbers[field] = Number.NaN;
      texts[field] = null;
      return at + 4;
    }
    switch (kind) {
      case KIND.number:
      case KIND.integer: {
        const end =
          kind === KIND.integer
            ? readInteger(bytes, at, numbers, field)
            : readNumber(bytes, at, numbers, field);
        if (end === REFUSED) return REFUSED;
        const value = numbers[field]!;
        return value >= low[field]! && value <= high[field]! ? end : REFUSED;
      }
      case KIND.boolean:
        if (isWord(view, at, TRUE)) {
          numbers[field] = 1;
          return at + 4;
        }
        if (!isWord(view, at, FALS) || bytes[at + 4] !== SMALL_E) return REFUSED;
        numbers[field] = 0;
        return at + 5;
      case KIND.listed:
        return this.#readListed(view, at, field);
      case KIND.text:
        return this.#readText(bytes, at, field);
      case KIND.time:
        return bytes[at] === QUOTE ? readTime(bytes, at + 1, numbers, field) : REFUSED;
      default:
        return bytes[at] === QUOTE ? readDate(bytes, at + 1, numbers, field) : REFUSED;
    }
  }

  #readListed(view: DataView, at: number, field: number): number {
    const { firstValues, values, writtenValues } = this.#fields;
    const end = firstValues[field + 1]!;
    for (let value = firstValues[field]!; value < end; value++) {
      if (isText(writtenValues, value, view, at)) {
        if (this.#wanted[field] === 1) this.slots.texts[field] = values[value]!;
        return at + writtenValues.lengths[value]!;
      }
    }
    return REFUSED;
  }

  #readText(bytes: Uint8Array, at: number, field: number): number {
    const { alphabets, patterns, low, high } = this.#fields;
    if (bytes[at] !== QUOTE) return REFUSED;
    const start = at + 1;
    const alphabet = field * 256;
    let end = start;
    while (end < bytes.length && alphabets[alphabet + bytes[end]!] === 1) end++;
    const length = end - start;
    if (bytes[end] !== QUOTE || length < low[field]! || length > high[field]!) return REFUSED;
    const pattern = patterns[field];
    if (pattern !== undefined || this.#wanted[field] === 1) {
      const text = asciiText(bytes, start, end);
      if (pattern !== undefined && !pattern.test(text)) return REFUSED;
      this.slots.texts[field] = text;
    }
    return end + 1;
  }

  /** Makes NULL of what the record does not have; false where it must have it. */
  #clearAbsent(record: number): boolean {
    const { required } = this.#fields;
    for (let field = 0; field < required.length; field++) {
      if (this.#seen[field] === record) continue;
      if (required[field] === 1) return false;
      this.slots.numbers[field] = Number.NaN;
      this.slots.texts[field] = null;
    }
    return true;
  }
}

const isWord = (view: DataView, at: number, word: number): boolean =>
  at + 4 <= view.byteLength && view.getInt32(at, true) === word;
