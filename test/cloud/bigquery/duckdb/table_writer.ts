import { type DuckDBAppender, DuckDBDataChunkWriter, type DuckDBValue } from '@duckdb/node-api';
import { schemaName, type TableRef } from '../names.ts';
import type { Session } from './database.ts';

/** Appends rows of values to a DuckDB table, a chunk at a time, in the session's transaction. */
export class TableWriter {
  private readonly appender: DuckDBAppender;
  private readonly writer: DuckDBDataChunkWriter;

  private constructor(appender: DuckDBAppender) {
    this.appender = appender;
    this.writer = DuckDBDataChunkWriter.forAppender(appender);
  }

  static async open(session: Session, table: TableRef): Promise<TableWriter> {
    const { connection } = session;
    return new TableWriter(await connection.createAppender(table.tableId, schemaName(table)));
  }

  /** One row, in the order of the columns. */
  append(values: readonly DuckDBValue[]): void {
    this.writer.appendRow(values);
  }

  close(): void {
    this.writer.flush();
    this.appender.closeSync();
  }
}
