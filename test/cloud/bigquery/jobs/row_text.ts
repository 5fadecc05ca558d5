/** Rows as extract jobs write them: newline-delimited JSON and CSV. */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { type Forms, PLAIN, readerOf } from '../duckdb/vectors.ts';
import { parseJsonExactly } from '../load/json_text.ts';
import { datetimeText, timestampText } from '../sql/time/text.ts';
import type { Field } from '../types.ts';

/** The lines of a chunk, each with its line end. */
export type LineWriter = (chunk: DuckDBDataChunk) => string[];

const TEXT: Forms = {
  ...PLAIN,
  INT64: String,
  FLOAT64: String,
  BOOL: String,
  BYTES: (bytes) => Buffer.from(bytes).toString('base64'),
  DATETIME: (micros) => datetimeText(micros),
  TIMESTAMP: (micros) => timestampText(micros).replace(/\+00$/, ' UTC'),
  NULL: () => undefined,
};

/** 64-bit integers are texts, so that no reader rounds them; a NULL is left out. */
const JSON_VALUES: Forms = {
  ...TEXT,
  FLOAT64: (value) => (Number.isFinite(value) ? value : String(value)),
  BOOL: (value) => value,
  JSON: parseJsonExactly,
  STRUCT: (values, fields) => objectOf(fields, values),
  NULL: (type) => (type.kind === 'ARRAY' ? [] : undefined),
};

const objectOf = (fields: readonly Field[], values: readonly unknown[]): object =>
  Object.fromEntries(
    fields.flatMap(({ name }, i) => (values[i] === undefined ? [] : [[name, values[i]]])),
  );

export const jsonLines =
  (fields: readonly Field[]): LineWriter =>
  (chunk) =>
    rows(fields, chunk, JSON_VALUES, (values) => `${JSON.stringify(objectOf(fields, values))}\n`);

export function csvLines(fields: readonly Field[], delimiter: string): LineWriter {
  const special = new RegExp(`["\\n\\r${delimiter.replace(/[\\\]^-]/g, '\\$&')}]`);
  const cell = (value: unknown): string => {
    if (value === undefined) return '';
    const text = value as string;
    return text === '' || special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return (chunk) => rows(fields, chunk, TEXT, (values) => `${values.map(cell).join(delimiter)}\n`);
}

function rows(
  fields: readonly Field[],
  chunk: DuckDBDataChunk,
  forms: Forms,
  line: (values: readonly unknown[]) => string,
): string[] {
  const readers = fields.map(({ type }, i) => readerOf(type, chunk.getColumnVector(i), forms));
  return Array.from({ length: chunk.rowCount }, (_, row) => line(readers.map((read) => read(row))));
}
