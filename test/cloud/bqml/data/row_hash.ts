/** A hash of every row's content, and the order it gives. */
import type { Column } from '../../bigquery/ports.ts';
import { typeText } from '../../bigquery/types.ts';

/**
 * Hashes rows column by column: two 32-bit lanes a row, mixed as MurmurHash3 mixes its blocks.
 *
 * BigQuery ML splits by FARM_FINGERPRINT of a row's content, column names and schema; how it
 * writes a row into bytes is not published, so this is another hash of the same things: the same
 * rows are told apart and put in order the same way in every run, whatever order they come in.
 */
export class RowHash {
  readonly high: Uint32Array;
  readonly low: Uint32Array;

  constructor(rowCount: number) {
    this.high = new Uint32Array(rowCount);
    this.low = new Uint32Array(rowCount);
  }

  add(column: Column): void {
    const { values, nulls } = column;
    const name = textHash(`${column.name.toLowerCase()} ${typeText(column.type)}`, HIGH);
    if (values instanceof Float64Array) this.addNumbers(values, nulls, name);
    else for (let i = 0; i < values.length; i++) this.addText(i, canonical(values[i]), name);
  }

  private addNumbers(values: Float64Array, nulls: Uint8Array | undefined, name: number): void {
    const bits = new Uint32Array(2);
    const number = new Float64Array(bits.buffer);
    for (let i = 0; i < values.length; i++) {
      // Adding 0 makes −0 equal to 0, as GoogleSQL has it.
      number[0] = values[i]! + 0;
      if (nulls?.[i]) this.mix(i, name, NULL);
      else this.mix(i, name ^ bits[0]!, bits[1]!);
    }
  }

  private addText(row: number, text: string | null, name: number): void {
    if (text === null) this.mix(row, name, NULL);
    else this.mix(row, name ^ textHash(text, HIGH), textHash(text, LOW));
  }

  private mix(row: number, a: number, b: number): void {
    this.high[row] = step(step(this.high[row]!, a, HIGH), b, HIGH);
    this.low[row] = step(step(this.low[row]!, a, LOW), b, LOW);
  }
}

/** Stands in for a NULL; also the high word of no finite number. */
const NULL = 0x7ff80001;

/** The two lanes: what each multiplies words by, from MurmurHash3 of 128 bits. */
const HIGH = 0xcc9e2d51;
const LOW = 0x239b961b;

/** Takes a word into a lane: words in another order, or of other halves, give another state. */
function step(state: number, word: number, lane: number): number {
  const k = Math.imul(word, lane);
  let h = state ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
}

function textHash(text: string, lane: number): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = step(hash, text.charCodeAt(i), lane);
  return hash;
}

/** One text a value: arrays, structs and bytes included. */
function canonical(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}` : inner));
}

/** Row numbers by ascending hash; rows that are equal keep their order. Radix sort, 16 bits a pass. */
export function orderByHash({ high, low }: RowHash): Uint32Array {
  let rows = Uint32Array.from(high.keys());
  let next = new Uint32Array(rows.length);
  for (const [words, shift] of [
    [low, 0],
    [low, 16],
    [high, 0],
    [high, 16],
  ] as const) {
    const starts = new Uint32Array(65537);
    for (const word of words) starts[((word >>> shift) & 0xffff) + 1]!++;
    for (let i = 1; i <= 65536; i++) starts[i]! += starts[i - 1]!;
    for (const row of rows) next[starts[(words[row]! >>> shift) & 0xffff]!++] = row;
    [rows, next] = [next, rows];
  }
  return rows;
}
