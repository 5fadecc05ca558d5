/** DuckDB, opened the way the local BigQuery needs it: sessions, statements, chunks, interruption. */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { ApiError } from '../../errors.ts';

export interface DatabaseOptions {
  /** A file that keeps the data; without one all is in memory. */
  readonly path?: string;
  /** DuckDB's worker threads; by default as many as the machine has cores. */
  readonly threads?: number;
  /** As DuckDB writes it: `2GB`. By default 80 % of the machine's memory. */
  readonly memoryLimit?: string;
}

/** Values of `$name` parameters, and their DuckDB types. */
export interface Bindings {
  readonly values: Readonly<Record<string, DuckDBValue>>;
  readonly types: Readonly<Record<string, DuckDBType>>;
}

/** One DuckDB, shared by all sessions of the process. */
export class Database {
  private readonly instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance) {
    this.instance = instance;
  }

  /** @throws {Error} DuckDB's, when the file is no database, or is open in another process. */
  static async open(options: DatabaseOptions = {}): Promise<Database> {
    const instance = await DuckDBInstance.create(options.path ?? ':memory:', {
      // Nothing is fetched from anywhere: what is needed (ICU, JSON, Parquet) is built in.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      // Beside a file's own; without a file DuckDB would spill into the working directory.
      ...(options.path === undefined ? { temp_directory: spillFolder() } : {}),
      ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
      ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    });
    const database = new Database(instance);
    // GoogleSQL's default time zone is UTC, whatever the machine's.
    await database.using((session) => session.run("SET GLOBAL TimeZone = 'UTC'"));
    return database;
  }

  /** A connection of one's own; temporary tables and transactions belong to it. */
  async connect(signal?: AbortSignal): Promise<Session> {
    return new Session(await this.instance.connect(), signal);
  }

  /** Works with a session that is closed in the end. An aborted signal interrupts its statement. */
  async using<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const session = await this.connect(signal);
    try {
      return await work(session);
    } finally {
      session.close();
    }
  }

  /** Closes the file; sessions must be closed before. */
  close(): void {
    this.instance.closeSync();
  }
}

const spillFolder = (): string => join(tmpdir(), `bigquery-spill-${randomUUID()}`);

/** A connection to DuckDB. One statement at a time. */
export class Session {
  readonly connection: DuckDBConnection;
  private readonly signal: AbortSignal | undefined;
  private interrupting: NodeJS.Timeout | undefined;

  /** Again and again: DuckDB forgets an interruption that comes before a statement has begun. */
  private readonly interrupt = () => {
    this.connection.interrupt();
    this.interrupting = setInterval(() => this.connection.interrupt(), 5).unref();
  };

  constructor(connection: DuckDBConnection, signal?: AbortSignal) {
    this.connection = connection;
    this.signal = signal;
    signal?.addEventListener('abort', this.interrupt);
  }

  /**
   * Runs a statement, or several without parameters.
   * @returns the rows that the last one changed.
   * @throws {ApiError} stopped; otherwise DuckDB's own error.
   */
  async run(sql: string, bindings?: Bindings): Promise<number> {
    const result = await this.guarded(() =>
      bindings
        ? this.connection.run(sql, { ...bindings.values }, { ...bindings.types })
        : this.connection.run(sql),
    );
    return result.rowsChanged;
  }

  /** The result in chunks of at most 2048 rows, as DuckDB makes them; in order. */
  async *chunks(sql: string, bindings?: Bindings): AsyncGenerator<DuckDBDataChunk> {
    const result = await this.guarded(() =>
      bindings
        ? this.connection.stream(sql, { ...bindings.values }, { ...bindings.types })
        : this.connection.stream(sql),
    );
    for (;;) {
      const chunk = await this.guarded(() => result.fetchChunk());
      if (!chunk || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  /** A small result as rows of DuckDB's values. */
  async rows(sql: string, bindings?: Bindings): Promise<DuckDBValue[][]> {
    const rows: DuckDBValue[][] = [];
    for await (const chunk of this.chunks(sql, bindings)) rows.push(...chunk.getRows());
    return rows;
  }

  /** All or nothing: commits when the work ends well, rolls back when it fails. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.run('BEGIN');
    try {
      const result = await work();
      await this.run('COMMIT');
      return result;
    } catch (error) {
      // A COMMIT that failed has rolled back itself, and there is nothing left to undo.
      await this.cleanUp('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Runs a statement that undoes something, also when all others are cancelled. */
  async cleanUp(sql: string): Promise<void> {
    clearInterval(this.interrupting);
    await this.connection.run(sql);
  }

  /** Makes a function written in JavaScript known to all sessions of the database. */
  register(definition: DuckDBScalarFunction): void {
    this.connection.registerScalarFunction(definition);
  }

  close(): void {
    this.signal?.removeEventListener('abort', this.interrupt);
    clearInterval(this.interrupting);
    this.connection.closeSync();
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.signal?.aborted) throw stopped();
    try {
      return await work();
    } catch (error) {
      if (this.signal?.aborted) throw stopped(error);
      throw error;
    } finally {
      clearInterval(this.interrupting);
    }
  }
}

const stopped = (cause?: unknown): ApiError =>
  new ApiError(499, 'stopped', 'Job execution was cancelled: User requested cancellation', {
    cause,
  });
