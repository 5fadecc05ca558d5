/** Lists of records: an object with nothing in it but one array of them. */
import { REFUSED } from './numbers.ts';
import type { RecordReader } from './record.ts';
import { isSpace, skipSpace } from './space.ts';
import { isText, type KnownTexts, knownTexts } from './words.ts';

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Is told of each record when it is in the slots; false ends the reading. */
export type Take = (index: number) => boolean;

/**
 * Reads `{"name":[…]}` record by record.
 * @param most records
 * @returns how many there were; REFUSED for none, for more, and wherever the reader or `take` refuses
 */
export type ListReader = (bytes: Uint8Array, most: number, take: Take) => number;

/** @param name of the array, plain ASCII */
export function createListReader(reader: RecordReader, name: string): ListReader {
  const key = knownTexts([`"${name}"`]);
  return (body, most, take) => {
    const bytes = trimmed(body);
    if (bytes.length === 0) return REFUSED;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = listStart(bytes, view, key);
    if (at === REFUSED) return REFUSED;
    for (let count = 0; count < most; ) {
      at = reader.read(bytes, view, at);
      // After the last byte comes none that could be looked at.
      if (at === REFUSED || at === bytes.length || !take(count)) return REFUSED;
      count++;
      at = skipSpace(bytes, at);
      if (bytes[at] === CLOSE_LIST) return isEnd(bytes, at + 1) ? count : REFUSED;
      if (bytes[at] !== COMMA) return REFUSED;
      at = skipSpace(bytes, at + 1);
    }
    return REFUSED;
  };
}

/**
 * The bytes without the space behind them, as plain ones: a Buffer were another kind of object to
 * V8. The last is a closing brace, or there are none.
 */
function trimmed({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(buffer, byteOffset, length);
  let end = length;
  while (end > 0 && isSpace(bytes[end - 1]!)) end--;
  return end > 0 && bytes[end - 1] === CLOSE ? bytes.subarray(0, end) : bytes.subarray(0, 0);
}

/** Where the first record begins, or REFUSED. */
function listStart(bytes: Uint8Array, view: DataView, key: KnownTexts): number {
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== OPEN) return REFUSED;
  at = skipSpace(bytes, at + 1);
  if (!isText(key, 0, view, at)) return REFUSED;
  at = skipSpace(bytes, at + key.lengths[0]!);
  if (bytes[at] !== COLON) return REFUSED;
  at = skipSpace(bytes, at + 1);
  return bytes[at] === OPEN_LIST ? skipSpace(bytes, at + 1) : REFUSED;
}

/** Whether nothing but the closing brace of the whole is left. */
function isEnd(bytes: Uint8Array, at: number): boolean {
  at = skipSpace(bytes, at);
  return bytes[at] === CLOSE && at + 1 === bytes.length;
}
