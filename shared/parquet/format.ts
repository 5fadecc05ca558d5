/**
 * Apache Parquet's names and numbers, as far as flat tables need them.
 * https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */

/** What stands at both ends of a file. */
export const MAGIC = 'PAR1';

export const PHYSICAL = { BOOLEAN: 0, INT32: 1, INT64: 2, DOUBLE: 5, BYTE_ARRAY: 6 } as const;

export const REPETITION = { REQUIRED: 0, OPTIONAL: 1 } as const;

export const CONVERTED = { UTF8: 0, TIMESTAMP_MICROS: 10 } as const;

export const ENCODING = { PLAIN: 0, PLAIN_DICTIONARY: 2, RLE: 3, RLE_DICTIONARY: 8 } as const;

export const CODEC = { UNCOMPRESSED: 0, GZIP: 2, ZSTD: 6 } as const;

export const PAGE = { DATA: 0, DICTIONARY: 2, DATA_V2: 3 } as const;

/** Bytes that are no Parquet file, or one of a kind that is not read here. */
export class ParquetError extends Error {
  override readonly name = 'ParquetError';
}
