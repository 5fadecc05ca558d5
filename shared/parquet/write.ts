/** Writes flat Parquet files: one row group after another, plain or by dictionary, uncompressed. */
import { CODEC, CONVERTED, ENCODING, MAGIC, PAGE, PHYSICAL, REPETITION } from './format.ts';
import { writePacked, writeRun } from './hybrid.ts';
import { type Fields, writeStruct } from './thrift.ts';

export interface WrittenColumn {
  readonly name: string;
  /** `time` is microseconds since 1970. */
  readonly type: 'number' | 'integer' | 'time' | 'text';
  /** Whether NULLs can be in it: NaN of numbers, null of texts. */
  readonly optional: boolean;
}

/** What all rows of a group have, or each its own. */
export type ColumnValues =
  | Float64Array
  | readonly (string | null)[]
  | { readonly all: string | number | null };

export interface ParquetWriter {
  /** @param values one entry a column, in their order */
  add(rows: number, values: readonly ColumnValues[]): void;
  /** The file; nothing can be added any more. */
  finish(): Buffer;
}

/** Texts of which there are no more than these in a group are written once. */
const LARGEST_DICTIONARY = 256;

const TYPES = {
  number: PHYSICAL.DOUBLE,
  integer: PHYSICAL.INT64,
  time: PHYSICAL.INT64,
  text: PHYSICAL.BYTE_ARRAY,
};

export function createParquetWriter(columns: readonly WrittenColumn[]): ParquetWriter {
  const parts: Buffer[] = [Buffer.from(MAGIC)];
  const groups: Fields[] = [];
  let size = MAGIC.length;
  let total = 0;
  const put = (bytes: Buffer): void => {
    parts.push(bytes);
    size += bytes.length;
  };
  return {
    add(rows, values) {
      if (rows === 0) return;
      const first = size;
      const chunks = columns.map((column, i) => {
        const from = size;
        const { pages, dictionary, encoding } = pagesOf(column, values[i]!, rows);
        for (const page of pages) put(page);
        return chunkOf(column, { rows, from, size: size - from, dictionary, encoding });
      });
      groups.push([
        [1, { structs: chunks }],
        [2, { i64: size - first }],
        [3, { i64: rows }],
      ]);
      total += rows;
    },
    finish() {
      const footer = writeStruct([
        [1, { i32: 1 }],
        [2, { structs: schemaOf(columns) }],
        [3, { i64: total }],
        [4, { structs: groups }],
        [6, { text: 'flit-ml' }],
      ]);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(footer.length);
      return Buffer.concat([...parts, footer, length, Buffer.from(MAGIC)]);
    },
  };
}

function schemaOf(columns: readonly WrittenColumn[]): Fields[] {
  return [
    [
      [4, { text: 'schema' }],
      [5, { i32: columns.length }],
    ],
    ...columns.map(({ name, type, optional }): Fields => {
      const converted = {
        text: CONVERTED.UTF8,
        time: CONVERTED.TIMESTAMP_MICROS,
        number: undefined,
        integer: undefined,
      }[type];
      return [
        [1, { i32: TYPES[type] }],
        [3, { i32: optional ? REPETITION.OPTIONAL : REPETITION.REQUIRED }],
        [4, { text: name }],
        [6, converted === undefined ? undefined : { i32: converted }],
      ];
    }),
  ];
}

interface ChunkPlace {
  readonly rows: number;
  readonly from: number;
  readonly size: number;
  /** Bytes of the dictionary's page; 0 without one. */
  readonly dictionary: number;
  readonly encoding: number;
}

function chunkOf({ name, type }: WrittenColumn, place: ChunkPlace): Fields {
  const { rows, from, size, dictionary, encoding } = place;
  const metadata: Fields = [
    [1, { i32: TYPES[type] }],
    [2, { i32s: [...new Set([ENCODING.PLAIN, ENCODING.RLE, encoding])] }],
    [3, { texts: [name] }],
    [4, { i32: CODEC.UNCOMPRESSED }],
    [5, { i64: rows }],
    [6, { i64: size }],
    [7, { i64: size }],
    [9, { i64: from + dictionary }],
    [11, dictionary > 0 ? { i64: from } : undefined],
  ];
  return [
    [2, { i64: from }],
    [3, { struct: metadata }],
  ];
}

interface Pages {
  readonly pages: readonly Buffer[];
  readonly dictionary: number;
  readonly encoding: number;
}

function pagesOf(column: WrittenColumn, values: ColumnValues, rows: number): Pages {
  const { present, count } = levelsOf(column, values, rows);
  const page = (encoding: number, content: Buffer): Buffer =>
    dataPage(rows, encoding, Buffer.concat([...(column.optional ? [present] : []), content]));
  const coded = column.type === 'text' || 'all' in values ? codesOf(values, count) : undefined;
  if (!coded) {
    const content = 'all' in values ? Buffer.alloc(0) : plainOf(column, values);
    return { pages: [page(ENCODING.PLAIN, content)], dictionary: 0, encoding: ENCODING.PLAIN };
  }
  const dictionary = dictionaryPage(coded.entries.length, plainOf(column, coded.entries));
  const content = Buffer.concat([Buffer.from([8]), coded.places]);
  const encoding = ENCODING.RLE_DICTIONARY;
  return { pages: [dictionary, page(encoding, content)], dictionary: dictionary.length, encoding };
}

/** Which rows have a value, as an optional column says it, and how many do. */
function levelsOf({ type }: WrittenColumn, values: ColumnValues, rows: number) {
  const sized = (levels: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(levels.length);
    return Buffer.concat([size, levels]);
  };
  if ('all' in values) {
    const has = values.all === null ? 0 : 1;
    return { present: sized(writeRun(has, rows, 1)), count: has * rows };
  }
  const levels = new Uint8Array(rows);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    const value = values[i];
    const has = type === 'text' ? value !== null : !Number.isNaN(value);
    levels[i] = Number(has);
    count += Number(has);
  }
  return { present: sized(count === rows ? writeRun(1, rows, 1) : writePacked(levels, 1)), count };
}

type Entries = readonly (string | number)[];

/** Values as places among few entries; undefined where there are many. */
function codesOf(
  values: ColumnValues,
  count: number,
): { entries: Entries; places: Buffer } | undefined {
  if ('all' in values) {
    return values.all === null
      ? undefined
      : { entries: [values.all], places: writeRun(0, count, 8) };
  }
  const places = new Map<string | number, number>();
  const codes = new Uint8Array(count);
  let at = 0;
  for (const value of values) {
    if (value === null) continue;
    let place = places.get(value);
    if (place === undefined) {
      place = places.size;
      if (place === LARGEST_DICTIONARY) return undefined;
      places.set(value, place);
    }
    codes[at++] = place;
  }
  return { entries: [...places.keys()], places: writePacked(codes, 8) };
}

function plainOf(
  { type }: WrittenColumn,
  values: Float64Array | Entries | readonly (string | null)[],
) {
  if (type === 'text') return plainTexts(values as readonly (string | null)[]);
  const numbers = presentOf(values as ArrayLike<number>);
  const plain = type === 'number' ? numbers : BigInt64Array.from(numbers, (n) => BigInt(n));
  return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
}

/** A loop: `filter` calls a function for each of a million numbers. */
function presentOf(values: ArrayLike<number>): Float64Array {
  const present = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isNaN(value)) present[count++] = value;
  }
  return present.subarray(0, count);
}

function plainTexts(texts: readonly (string | null)[]): Buffer {
  let size = 0;
  for (const text of texts) if (text !== null) size += 4 + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const text of texts) {
    if (text === null) continue;
    const length = bytes.write(text, at + 4);
    bytes.writeUInt32LE(length, at);
    at += 4 + length;
  }
  return bytes;
}

const dataPage = (rows: number, encoding: number, content: Buffer): Buffer =>
  pageOf(PAGE.DATA, content, [
    5,
    [
      [1, { i32: rows }],
      [2, { i32: encoding }],
      [3, { i32: ENCODING.RLE }],
      [4, { i32: ENCODING.RLE }],
    ],
  ]);

const dictionaryPage = (entries: number, content: Buffer): Buffer =>
  pageOf(PAGE.DICTIONARY, content, [
    7,
    [
      [1, { i32: entries }],
      [2, { i32: ENCODING.PLAIN }],
    ],
  ]);

function pageOf(type: number, content: Buffer, [id, head]: readonly [number, Fields]): Buffer {
  const header = writeStruct([
    [1, { i32: type }],
    [2, { i32: content.length }],
    [3, { i32: content.length }],
    [id, { struct: head }],
  ]);
  return Buffer.concat([header, content]);
}
