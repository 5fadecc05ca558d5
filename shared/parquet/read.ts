/**
 * Reads flat Parquet files column by column: what BigQuery extracts, and DuckDB and Arrow write, of
 * tables without nested columns. Dictionaries and plain values; uncompressed, gzip, Zstandard.
 */
import { CODEC, MAGIC, ParquetError, PHYSICAL, REPETITION } from './format.ts';
import { createPages, type Pages } from './pages.ts';
import { readStruct, type Struct, type Value } from './thrift.ts';

/** Rows that lie together. */
export interface RowGroup {
  readonly rows: number;
  /** A column of numbers or booleans (0 and 1); NaN is NULL. @throws {ParquetError} */
  numbers(column: string): Float64Array;
  /** A column of texts. @throws {ParquetError} */
  texts(column: string): (string | null)[];
}

export interface ParquetFile {
  readonly rows: number;
  readonly columns: readonly string[];
  readonly groups: readonly RowGroup[];
}

/** @throws {ParquetError} for what is no such file */
export function readParquet(bytes: Uint8Array): ParquetFile {
  // A Buffer's own slice would be no copy.
  return told(() => open(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)));
}

/** Whatever goes wrong with the bytes is the file's fault. */
function told<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParquetError) throw error;
    throw new ParquetError(`It is no Parquet file: ${(error as Error).message}`, { cause: error });
  }
}

function open(bytes: Uint8Array): ParquetFile {
  const { struct: footer } = readStruct(bytes, footerOf(bytes));
  const [root, ...leaves] = structs(footer[2]);
  if (!root || leaves.some((leaf) => leaf[5] !== undefined)) {
    throw new ParquetError('Nested columns are not read.');
  }
  const columns = leaves.map((leaf) => ({
    name: Buffer.from(leaf[4] as Uint8Array).toString('utf8'),
    type: Number(leaf[1]),
    optional: optionalOf(leaf),
  }));
  return {
    rows: Number(footer[3]),
    columns: columns.map(({ name }) => name),
    groups: structs(footer[4]).map((group) => groupOf(bytes, columns, group)),
  };
}

function footerOf(bytes: Uint8Array): number {
  const end = bytes.length - 8;
  const isWhole = end >= 4 && magicAt(bytes, 0) && magicAt(bytes, end + 4);
  if (!isWhole) throw new ParquetError(`It does not begin and end with ${MAGIC}: is it cut off?`);
  const start = end - new DataView(bytes.buffer, bytes.byteOffset + end, 4).getUint32(0, true);
  if (start < 4) throw new ParquetError('Its footer is longer than itself.');
  return start;
}

const magicAt = (bytes: Uint8Array, at: number): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset + at, 4).toString('latin1') === MAGIC;

const structs = (value: Value | undefined): readonly Struct[] => (value ?? []) as readonly Struct[];

function optionalOf(leaf: Struct): boolean {
  if (leaf[3] === REPETITION.REQUIRED || leaf[3] === REPETITION.OPTIONAL) {
    return leaf[3] === REPETITION.OPTIONAL;
  }
  throw new ParquetError('Repeated columns are not read.');
}

interface Column {
  readonly name: string;
  readonly type: number;
  readonly optional: boolean;
}

function groupOf(bytes: Uint8Array, columns: readonly Column[], group: Struct): RowGroup {
  const rows = Number(group[3]);
  const chunks = structs(group[1]);
  const find = (name: string): { pages: Pages; type: number } => {
    const place = columns.findIndex((column) => column.name === name);
    if (place < 0) throw new ParquetError(`There is no column ${name}.`);
    const { type, optional } = columns[place]!;
    const meta = chunks[place]?.[3] as Struct | undefined;
    if (!meta) throw new ParquetError(`The column ${name} has no data.`);
    const pages = createPages(bytes, {
      from: Number(meta[11] ?? meta[9]),
      codec: Number(meta[4] ?? CODEC.UNCOMPRESSED),
      rows,
      type,
      optional,
    });
    return { pages, type };
  };
  return {
    rows,
    numbers(name) {
      const { pages, type } = told(() => find(name));
      if (type === PHYSICAL.BYTE_ARRAY) throw new ParquetError(`The column ${name} is text.`);
      return told(pages.numbers);
    },
    texts(name) {
      const { pages, type } = told(() => find(name));
      if (type !== PHYSICAL.BYTE_ARRAY) throw new ParquetError(`The column ${name} is no text.`);
      return told(pages.texts);
    },
  };
}
