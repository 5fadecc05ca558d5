/**
 * Rows of a DuckDB table as BigQuery's REST API writes them: `{ f: [{ v: … }] }`.
 *
 * Source: BigQuery REST v2, tabledata.list and jobs.getQueryResults: every scalar is a string, NULL
 * is null, a repeated field a list of `{ v }`, a record `{ f }`.
 */
import type { Session } from '../duckdb/database.ts';
import { type Forms, readerOf } from '../duckdb/vectors.ts';
import { quote } from '../names.ts';
import type { Field } from '../types.ts';
import { wireText } from './numbers/float.ts';
import { numericText } from './numbers/numeric.ts';
import { dateText, datetimeText, intervalText, timeText } from './time/text.ts';

export interface Cell {
  readonly v: unknown;
}

export interface Row {
  readonly f: readonly Cell[];
}

export interface Page {
  readonly start: number;
  readonly count: number;
  /** Timestamps as whole microseconds; otherwise as seconds with a fraction. */
  readonly useInt64Timestamp: boolean;
}

const cell = (v: unknown): Cell => ({ v });

const FORMS: Forms = {
  INT64: String,
  FLOAT64: wireText,
  BOOL: String,
  STRING: (value) => value,
  BYTES: (value) => Buffer.from(value).toString('base64'),
  DATE: dateText,
  TIME: timeText,
  DATETIME: (micros) => datetimeText(micros),
  TIMESTAMP: (micros) => wireText(Number(micros) / 1e6),
  NUMERIC: numericText,
  INTERVAL: intervalText,
  JSON: (text) => text,
  ARRAY: (elements) => elements.map(cell),
  STRUCT: (values) => ({ f: values.map(cell) }),
  // A repeated field has no NULL, only nothing.
  NULL: (type) => (type.kind === 'ARRAY' ? [] : null),
};

const INT64_FORMS: Forms = { ...FORMS, TIMESTAMP: String };

/**
 * The rows from `start` on, at most `count`, in the table's order.
 * @param physical the DuckDB table; `fields` are those of its columns that are wanted.
 */
export async function encodeRows(
  session: Session,
  physical: string,
  fields: readonly Field[],
  page: Page,
): Promise<Row[]> {
  const rows: Row[] = [];
  if (fields.length === 0 || page.count === 0) return rows;
  const forms = page.useInt64Timestamp ? INT64_FORMS : FORMS;
  const columns = fields.map((field) => quote(field.name)).join(', ');
  const sql = `SELECT ${columns} FROM ${physical} LIMIT ${page.count} OFFSET ${page.start}`;
  for await (const chunk of session.chunks(sql)) {
    const readers = fields.map((field, i) => readerOf(field.type, chunk.getColumnVector(i), forms));
    for (let row = 0; row < chunk.rowCount; row++) {
      rows.push({ f: readers.map((read) => cell(read(row))) });
    }
  }
  return rows;
}
