/** Appends whole columns to a table, a chunk of rows at a time. */
import { DuckDBDataChunk, type DuckDBVector } from '@duckdb/node-api';
import type { Column } from '../ports.ts';
import type { BqType } from '../types.ts';
import type { Session } from './database.ts';
import { fromText } from './from_text.ts';
import { clientType } from './types.ts';
import { writerOf } from './values.ts';
import { doublesOf } from './vectors.ts';

const CHUNK_ROWS = 2048;

/** @param table the name of a temporary table, or of one in the main schema. */
export async function appendColumns(
  session: Session,
  table: string,
  columns: readonly Column[],
): Promise<void> {
  const rowCount = columns[0]?.values.length ?? 0;
  const types = columns.map((column) => clientType(column.type));
  const appender = await session.connection.createAppender(table);
  try {
    for (let start = 0; start < rowCount; start += CHUNK_ROWS) {
      const size = Math.min(CHUNK_ROWS, rowCount - start);
      const chunk = DuckDBDataChunk.create(types, size);
      for (const [i, column] of columns.entries()) {
        const vector = chunk.getColumnVector(i);
        write(vector, column, start, size);
        vector.flush();
      }
      appender.appendDataChunk(chunk);
    }
  } finally {
    appender.closeSync();
  }
}

function write(
  vector: DuckDBVector,
  { type, values, nulls }: Column,
  start: number,
  size: number,
): void {
  if (type.kind === 'FLOAT64' && values instanceof Float64Array) {
    doublesOf(vector).set(values.subarray(start, start + size));
    if (nulls) {
      for (let i = 0; i < size; i++) if (nulls[start + i]) vector.setItem(i, null as never);
    }
    return;
  }
  const put = writerOf(type, vector);
  for (let i = 0; i < size; i++) {
    put(i, nulls?.[start + i] ? null : rawForm(type, values[start + i]));
  }
}

/** Values of a column of the ports as `RAW` of vectors.ts has them. */
function rawForm(type: BqType, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'INT64':
      return typeof value === 'number' ? BigInt(value) : value;
    case 'ARRAY':
      return (value as unknown[]).map((item) => rawForm(type.element, item));
    case 'STRUCT': {
      const fields = value as Record<string, unknown>;
      return type.fields.map((field) => rawForm(field.type, fields[field.name]));
    }
    default:
      return typeof value === 'string' ? fromText(type.kind, value) : value;
  }
}
