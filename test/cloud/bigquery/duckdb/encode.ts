/** Rows of a DuckDB table in the form of the REST API: `{f: [{v: …}]}`. */
import { physicalTable, quote, type TableRef } from '../names.ts';
import { wireText } from '../sql/numbers/float.ts';
import { datetimeText } from '../sql/time/text.ts';
import type { Field } from '../types.ts';
import type { Session } from './database.ts';
import { type Forms, PLAIN, readerOf } from './vectors.ts';

/** `formatOptions.timestampOutputFormat`. */
export type TimestampFormat = 'INT64' | 'FLOAT64' | 'ISO8601_STRING';

export interface EncodedRow {
  readonly f: readonly EncodedValue[];
}

/** Scalars are texts; NULL is null; arrays and structs nest. */
export interface EncodedValue {
  readonly v: null | string | readonly EncodedValue[] | EncodedRow;
}

export interface Page {
  readonly start: number;
  readonly count: number;
}

const TIMESTAMPS: Readonly<Record<TimestampFormat, (micros: bigint) => string>> = {
  INT64: String,
  FLOAT64: (micros) => wireText(Number(micros) / 1e6),
  ISO8601_STRING: (micros) => `${datetimeText(micros)}Z`,
};

const wrap = (v: unknown) => ({ v });

const WIRE: Forms = {
  ...PLAIN,
  INT64: String,
  FLOAT64: wireText,
  BOOL: String,
  BYTES: (bytes) => Buffer.from(bytes).toString('base64'),
  DATETIME: (micros) => datetimeText(micros),
  ARRAY: (elements) => elements.map(wrap),
  STRUCT: (values) => ({ f: values.map(wrap) }),
  // A stored array is never NULL.
  NULL: (type) => (type.kind === 'ARRAY' ? [] : null),
};

/** A page of a table's rows, in their order. */
export async function encodeRows(
  session: Session,
  table: TableRef,
  fields: readonly Field[],
  { start, count }: Page,
  timestamps: TimestampFormat,
): Promise<EncodedRow[]> {
  if (fields.length === 0 || count === 0) return [];
  const forms: Forms = { ...WIRE, TIMESTAMP: TIMESTAMPS[timestamps] };
  const columns = fields.map(({ name }) => quote(name)).join(', ');
  const rows: EncodedRow[] = [];
  const sql = `SELECT ${columns} FROM ${physicalTable(table)} LIMIT ${count} OFFSET ${start}`;
  for await (const chunk of session.chunks(sql)) {
    const readers = fields.map(({ type }, i) => readerOf(type, chunk.getColumnVector(i), forms));
    for (let row = 0; row < chunk.rowCount; row++) {
      rows.push({ f: readers.map((read) => ({ v: read(row) as EncodedValue['v'] })) });
    }
  }
  return rows;
}
