/** The pages of one column in one row group: levels, a dictionary, and values. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { CODEC, ENCODING, PAGE, ParquetError, PHYSICAL } from './format.ts';
import { readHybrid } from './hybrid.ts';
import { readStruct, type Struct } from './thrift.ts';
import { plainNumbers, plainTexts } from './values.ts';

export interface ColumnChunk {
  /** Where its first page begins. */
  readonly from: number;
  readonly codec: number;
  readonly rows: number;
  readonly type: number;
  /** Whether NULLs can be in it. */
  readonly optional: boolean;
}

export interface Pages {
  numbers(): Float64Array;
  texts(): (string | null)[];
}

/** A page of data, opened. */
interface DataPage {
  readonly count: number;
  /** 1 where there is a value; undefined where there is one everywhere. */
  readonly levels: Uint32Array | undefined;
  readonly present: number;
  readonly encoding: number;
  readonly values: Uint8Array;
}

/**
 * The rows of a column. Values are put side by side first and then apart, to where the rows are that
 * have one: loops over whole pages, which is where the time of reading goes.
 */
interface Rows<Values> {
  /** Opens values that stand one after another. */
  plain(bytes: Uint8Array, count: number): Values;
  put(values: Values, at: number): void;
  pick(dictionary: Values, places: Uint32Array, at: number): void;
  /** Puts `present` values from `at` on to where `levels` are 1, and nothing between. */
  spread(levels: Uint32Array, present: number, at: number): void;
}

export function createPages(file: Uint8Array, chunk: ColumnChunk): Pages {
  return {
    numbers() {
      const out = new Float64Array(chunk.rows);
      fillColumn(file, chunk, numberRows(out, chunk.type));
      return out;
    },
    texts() {
      const out = new Array<string | null>(chunk.rows).fill(null);
      fillColumn(file, chunk, textRows(out));
      return out;
    },
  };
}

const numberRows = (out: Float64Array, type: number): Rows<Float64Array> => ({
  plain: (bytes, count) => plainNumbers(bytes, type, count),
  put: (values, at) => out.set(values, at),
  pick(dictionary, places, at) {
    for (let i = 0; i < places.length; i++) out[at + i] = dictionary[places[i]!]!;
  },
  spread(levels, present, at) {
    for (let i = levels.length - 1, from = present; i >= 0; i--) {
      out[at + i] = levels[i] ? out[at + --from]! : Number.NaN;
    }
  },
});

const textRows = (out: (string | null)[]): Rows<string[]> => ({
  plain: plainTexts,
  put(values, at) {
    for (let i = 0; i < values.length; i++) out[at + i] = values[i]!;
  },
  pick(dictionary, places, at) {
    for (let i = 0; i < places.length; i++) out[at + i] = dictionary[places[i]!]!;
  },
  spread(levels, present, at) {
    for (let i = levels.length - 1, from = present; i >= 0; i--) {
      out[at + i] = levels[i] ? out[at + --from]! : null;
    }
  },
});

function fillColumn<Values extends ArrayLike<unknown>>(
  file: Uint8Array,
  chunk: ColumnChunk,
  rows: Rows<Values>,
): void {
  let dictionary: Values | undefined;
  let at = chunk.from;
  for (let filled = 0; filled < chunk.rows; ) {
    const { struct: header, end } = readStruct(file, at);
    const size = Number(header[3]);
    const content = file.subarray(end, end + size);
    if (content.length < size) throw new ParquetError('A page breaks off.');
    at = end + size;
    if (header[1] === PAGE.DICTIONARY) {
      const bytes = inflate(content, chunk.codec, Number(header[2]));
      dictionary = rows.plain(bytes, Number((header[7] as Struct)[1]));
      continue;
    }
    const page = dataPage(header, content, chunk);
    if (filled + page.count > chunk.rows) throw new ParquetError('A column is too long.');
    putValues(page, dictionary, chunk, rows, filled);
    if (page.levels) rows.spread(page.levels, page.present, filled);
    filled += page.count;
  }
}

function putValues<Values extends ArrayLike<unknown>>(
  { present, encoding, values }: DataPage,
  dictionary: Values | undefined,
  { type }: ColumnChunk,
  rows: Rows<Values>,
  at: number,
): void {
  if (present === 0) return;
  if (encoding === ENCODING.PLAIN) {
    rows.put(rows.plain(values, present), at);
    return;
  }
  if (encoding === ENCODING.RLE && type === PHYSICAL.BOOLEAN) {
    rows.put(booleans(values, present, rows), at);
    return;
  }
  if (encoding !== ENCODING.RLE_DICTIONARY && encoding !== ENCODING.PLAIN_DICTIONARY) {
    throw new ParquetError(`Values of encoding ${encoding} are not read.`);
  }
  if (!dictionary) throw new ParquetError('A page has no dictionary.');
  const places = new Uint32Array(present);
  readHybrid(values.subarray(1), values[0]!, places);
  let last = 0;
  for (let i = 0; i < present; i++) if (places[i]! > last) last = places[i]!;
  if (last >= dictionary.length) throw new ParquetError('A place is not in the dictionary.');
  rows.pick(dictionary, places, at);
}

/** Booleans as run lengths: their length in four bytes, then runs of one bit, read as PLAIN bits. */
function booleans<Values>(bytes: Uint8Array, count: number, rows: Rows<Values>): Values {
  const bits = new Uint32Array(count);
  readHybrid(bytes.subarray(4), 1, bits);
  const plain = new Uint8Array(Math.ceil(count / 8));
  bits.forEach((bit, i) => {
    plain[i >> 3]! |= bit << (i & 7);
  });
  return rows.plain(plain, count);
}

function dataPage(header: Struct, content: Uint8Array, chunk: ColumnChunk): DataPage {
  if (header[1] === PAGE.DATA_V2) return secondVersion(header, content, chunk);
  if (header[1] !== PAGE.DATA) throw new ParquetError(`Pages of type ${header[1]} are not read.`);
  const data = header[5] as Struct;
  const count = Number(data[1]);
  const bytes = inflate(content, chunk.codec, Number(header[2]));
  const encoding = Number(data[2]);
  if (!chunk.optional) return { count, levels: undefined, present: count, encoding, values: bytes };
  const size = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const values = bytes.subarray(4 + size);
  return { count, ...levelsOf(bytes.subarray(4, 4 + size), count), encoding, values };
}

function secondVersion(header: Struct, content: Uint8Array, chunk: ColumnChunk): DataPage {
  const data = header[8] as Struct;
  const [count, size, repeated] = [Number(data[1]), Number(data[5]), Number(data[6])];
  const rest = content.subarray(repeated + size);
  const values =
    data[7] === false ? rest : inflate(rest, chunk.codec, Number(header[2]) - repeated - size);
  const encoding = Number(data[4]);
  if (!chunk.optional) return { count, levels: undefined, present: count, encoding, values };
  const levels = content.subarray(repeated, repeated + size);
  return { count, ...levelsOf(levels, count), encoding, values };
}

function levelsOf(bytes: Uint8Array, count: number): Pick<DataPage, 'levels' | 'present'> {
  const levels = new Uint32Array(count);
  readHybrid(bytes, 1, levels);
  let present = 0;
  for (let i = 0; i < count; i++) present += levels[i]!;
  return { levels: present === count ? undefined : levels, present };
}

const unbuffered = ({ buffer, byteOffset, length }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);

function inflate(bytes: Uint8Array, codec: number, size: number): Uint8Array {
  if (codec === CODEC.UNCOMPRESSED) return bytes;
  const options = { maxOutputLength: Math.max(size, 1) };
  if (codec === CODEC.ZSTD) return unbuffered(zstdDecompressSync(bytes, options));
  if (codec === CODEC.GZIP) return unbuffered(gunzipSync(bytes, options));
  throw new ParquetError(`Pages of codec ${codec} are not read: extract without compression.`);
}
