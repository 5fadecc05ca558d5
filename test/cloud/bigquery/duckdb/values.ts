/** Values on their way into DuckDB: parameters, results of functions, columns to append. */
import {
  blobValue,
  type DuckDBValue,
  type DuckDBVector,
  dateValue,
  decimalValue,
  intervalValue,
  listValue,
  structValue,
  timestampTZValue,
  timestampValue,
  timeValue,
} from '@duckdb/node-api';
import { unsupported } from '../../errors.ts';
import type { BqType } from '../types.ts';
import { physicalField } from './types.ts';
import { doublesOf, type Interval, integersOf } from './vectors.ts';

/**
 * A value in the form that `RAW` of vectors.ts reads, as the client library takes it.
 * @throws {ApiError} for a STRING with U+0000.
 */
export function clientValue(type: BqType, value: unknown): DuckDBValue {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'ARRAY':
      return listValue((value as unknown[]).map((item) => clientValue(type.element, item)));
    case 'STRUCT': {
      const values = value as unknown[];
      const entries = type.fields.map((field, i) => [
        physicalField(type.fields, i),
        clientValue(field.type, values[i]),
      ]);
      return structValue(Object.fromEntries(entries) as Record<string, DuckDBValue>);
    }
    case 'BYTES':
      return blobValue(value as Uint8Array);
    case 'DATE':
      return dateValue(value as number);
    case 'TIME':
      return timeValue(value as bigint);
    case 'DATETIME':
      return timestampValue(value as bigint);
    case 'TIMESTAMP':
      return timestampTZValue(value as bigint);
    case 'NUMERIC':
      return decimalValue(value as bigint, 38, 9);
    case 'INTERVAL': {
      const { months, days, micros } = value as Interval;
      return intervalValue(months, days, micros);
    }
    case 'STRING':
      return withoutNul(value as string);
    default:
      return value as DuckDBValue;
  }
}

/** The client library hands strings over as C does, and would cut them at their first U+0000. */
function withoutNul(text: string): string {
  if (text.includes('\0')) throw unsupported('a STRING with the character U+0000 as a value');
  return text;
}

/** Writes a value of the same forms into a row of a vector; `flush` it afterwards. */
export type Writer = (row: number, value: unknown) => void;

export function writerOf(type: BqType, vector: DuckDBVector): Writer {
  const put = (row: number, value: unknown) => vector.setItem(row, value as never);
  const items = directItems(type, vector);
  if (!items) return (row, value) => put(row, clientValue(type, value));
  return (row, value) => {
    if (value === null || value === undefined) put(row, null);
    else items[row] = value as never;
  };
}

/** The memory of a vector of plain numbers: writing there spares an object a value. */
function directItems(type: BqType, vector: DuckDBVector) {
  switch (type.kind) {
    case 'FLOAT64':
      return doublesOf(vector);
    case 'INT64':
    case 'TIME':
    case 'DATETIME':
    case 'TIMESTAMP':
      return integersOf(vector);
    default:
      return undefined;
  }
}
