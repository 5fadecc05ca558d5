/**
 * How the parts of the local BigQuery meet: the catalogue of names, the engine that runs SQL,
 * BigQuery ML, and the object store that loads read and exports write.
 */
import type { DatasetRef, ModelRef, RoutineRef, TableRef } from './names.ts';
import type { BqType, Field } from './types.ts';

// --- The catalogue -------------------------------------------------------------------------------

/** Time partitioning, range partitioning, clustering, labels, …: kept as the REST API gives them. */
export type TableOptions = Readonly<Record<string, unknown>>;

export interface TableEntry {
  readonly ref: TableRef;
  readonly kind: 'TABLE' | 'VIEW';
  readonly fields: readonly Field[];
  /** GoogleSQL of a view. */
  readonly viewQuery?: string;
  /** timePartitioning, rangePartitioning, requirePartitionFilter, clustering, … of the resource. */
  readonly options: TableOptions;
}

/** A SQL function that outlives its query. */
export interface RoutineEntry {
  readonly ref: RoutineRef;
  /** Its definition in GoogleSQL: `(x INT64) RETURNS INT64 AS (x * 2)`. */
  readonly definition: string;
}

/** When it was made and last changed: milliseconds since 1970. */
export interface Recorded {
  readonly created: number;
  readonly modified: number;
}

export interface TableChange {
  /** The columns afterwards. */
  readonly fields: readonly Field[];
  /** The DuckDB statements that change them. */
  readonly statements: readonly string[];
  /** Keys of the table resource; null removes one. */
  readonly options: TableOptions;
}

export type IfExists = 'fail' | 'skip' | 'replace';

/**
 * What exists, by name. Creating or dropping here also creates or drops the DuckDB table or view,
 * so the two never disagree. Errors are `ApiError`: notFound, duplicate, invalid.
 */
export interface Catalog {
  hasDataset(ref: DatasetRef): boolean;
  /** The datasets of a project, by name. */
  datasets(
    projectId: string,
  ): readonly ({ readonly ref: DatasetRef; readonly options: TableOptions } & Recorded)[];
  createDataset(ref: DatasetRef, ifExists: 'fail' | 'skip', options: TableOptions): Promise<void>;
  dropDataset(ref: DatasetRef, options: { ifExists: boolean; cascade: boolean }): Promise<void>;
  table(ref: TableRef): TableEntry | undefined;
  tables(ref: DatasetRef): readonly TableEntry[];
  tableRecords(ref: DatasetRef): readonly ({ readonly entry: TableEntry } & Recorded)[];
  /**
   * Creates the DuckDB table too, of `physicalType`s (a view has none: the engine expands its
   * query), and fills it with `rows`, a DuckDB query with the table's columns in order: all of it
   * or nothing.
   */
  createTable(entry: TableEntry, ifExists: IfExists, rows?: string): Promise<void>;
  dropTable(ref: TableRef, ifExists: boolean): Promise<void>;
  routine(ref: RoutineRef): RoutineEntry | undefined;
  routineRecords(ref: DatasetRef): readonly ({ readonly entry: RoutineEntry } & Recorded)[];
  createRoutine(entry: RoutineEntry, ifExists: IfExists): Promise<void>;
  dropRoutine(ref: RoutineRef, ifExists: boolean): Promise<void>;
  /** ALTER TABLE: `alter` is given the table as it is then. All of the change or nothing. */
  alterTable(ref: TableRef, alter: (entry: TableEntry) => TableChange): Promise<void>;
}

// --- Jobs ----------------------------------------------------------------------------------------

/** What INFORMATION_SCHEMA tells of a job. */
export interface JobEntry {
  readonly ref: { readonly projectId: string; readonly jobId: string };
  readonly kind: string;
  /** JobConfiguration and JobStatistics of the REST API. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly statistics: Readonly<Record<string, unknown>>;
  readonly state: 'PENDING' | 'RUNNING' | 'DONE';
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly started?: number;
  readonly ended?: number;
  readonly failure?: {
    readonly error: {
      readonly reason: string;
      readonly message: string;
      readonly location?: string;
    };
  };
  readonly user: string;
}

export interface JobHistory {
  /** The jobs of a project, also those under way. */
  list(projectId: string): readonly JobEntry[];
}

// --- Running SQL ---------------------------------------------------------------------------------

/** QueryParameter of the REST API, decoded. */
export interface QueryParameter {
  /** Undefined for a positional parameter. */
  readonly name?: string;
  readonly type: BqType;
  /** null, boolean, number, bigint, string (also DATE, TIMESTAMP, … in their text form), Uint8Array, array, or object for a struct. */
  readonly value: unknown;
}

export interface QueryContext {
  readonly projectId: string;
  readonly defaultDataset?: DatasetRef;
  readonly parameters: readonly QueryParameter[];
  /** CURRENT_TIMESTAMP() and its like; passed in, so that tests are exact. */
  readonly now: Date;
  readonly signal: AbortSignal;
  /**
   * Where the rows of a SELECT go: the engine makes a DuckDB table of this name (its schema
   * exists), columns of `physicalType`s. Without it the engine names one in `resultsDataset`.
   */
  readonly resultTable?: TableRef;
  /** Column by which the rows of a SELECT lie in that table; as the query gives them without it. */
  readonly resultOrder?: string;
  /** Told as BigQuery ML trains: one call an iteration. */
  readonly onTrainingIteration?: (iteration: TrainingIteration) => void;
}

export interface TrainingIteration {
  readonly index: number;
  readonly durationMs: number;
  readonly trainingLoss: number;
  readonly evalLoss?: number;
  readonly learnRate: number;
}

/** What a statement did. */
export interface QueryOutcome {
  /** SELECT, INSERT, MERGE, CREATE_TABLE_AS_SELECT, CREATE_MODEL, EXPORT_MODEL, … */
  readonly statementType: string;
  /** Rows of a SELECT: columns, and the DuckDB table that holds them in order (`resultTable`). */
  readonly result?: {
    readonly fields: readonly Field[];
    readonly physical: string;
    readonly rowCount: number;
  };
  readonly dml?: {
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
    /** The table changed. */
    readonly target?: TableRef;
  };
  readonly ddl?: {
    readonly operation: 'CREATE' | 'REPLACE' | 'SKIP' | 'DROP' | 'ALTER';
    readonly target?: TableRef;
    readonly model?: ModelRef;
    readonly routine?: RoutineRef;
  };
  readonly referencedTables: readonly TableRef[];
  /** Bytes of the columns read, by BigQuery's logical sizes: what a dry run estimates. */
  readonly bytesProcessed: number;
}

export interface QueryEngine {
  /** Parses, resolves and types a query without running it; what a dry run answers. */
  analyze(
    sql: string,
    context: QueryContext,
  ): Promise<Omit<QueryOutcome, 'result' | 'dml'> & { readonly fields?: readonly Field[] }>;
  /** @throws {ApiError} invalidQuery with the place, notFound, unsupported, stopped, … */
  execute(sql: string, context: QueryContext): Promise<QueryOutcome>;
}

// --- BigQuery ML ---------------------------------------------------------------------------------

/**
 * Values of one column. FLOAT64 and INT64 (when all are within ±2^53) come as Float64Array with
 * `nulls` marking the rows that are NULL (NaN is a value of its own); everything else as an array
 * of null, boolean, bigint, string (also NUMERIC, DATE, TIMESTAMP, … in their text form, as
 * CAST(… AS STRING) gives it), Uint8Array for BYTES, or nested arrays and objects (a struct has a
 * property a field; in them INT64 is bigint and FLOAT64 number).
 */
export interface Column {
  readonly name: string;
  readonly type: BqType;
  readonly values: Float64Array | readonly unknown[];
  /** 1 where NULL; only beside a Float64Array, and absent when no row is NULL. */
  readonly nulls?: Uint8Array;
}

/** A query's result, read by column and only where asked. Row order is the same for every read. */
export interface InputTable {
  readonly fields: readonly Field[];
  readonly rowCount: number;
  read(names: readonly string[]): Promise<readonly Column[]>;
}

/** `CREATE MODEL`, `EXPORT MODEL`, `DROP MODEL`, parsed. */
export type MlStatement =
  | {
      readonly kind: 'CREATE_MODEL';
      readonly model: ModelRef;
      readonly ifExists: IfExists;
      /** OPTIONS, names in upper case. Values: string, number, boolean, arrays and structs of them. */
      readonly options: ReadonlyMap<string, unknown>;
      /** The training query, and where it starts in the statement. */
      readonly query: string;
      readonly queryOffset: number;
    }
  | {
      /** CREATE MODEL of a file instead of a query's rows. */
      readonly kind: 'IMPORT_MODEL';
      readonly model: ModelRef;
      readonly ifExists: IfExists;
      /** `gs://bucket/model.onnx`, or a folder and `/*`. */
      readonly uri: string;
    }
  | {
      readonly kind: 'EXPORT_MODEL';
      readonly model: ModelRef;
      readonly uri: string;
      /** Of a model that was tuned; the optimal trial without. */
      readonly trialId?: number;
    }
  | { readonly kind: 'DROP_MODEL'; readonly model: ModelRef; readonly ifExists: boolean };

/** One `ML.X(…)` in a FROM clause. */
export interface MlCall {
  /** Upper case, without `ML.`: PREDICT, EVALUATE, … */
  readonly functionName: string;
  /** Functions of data alone have none: ML.DESCRIBE_DATA, ML.VALIDATE_DATA_DRIFT. */
  readonly model?: ModelRef;
  /** The table or query argument, if given. */
  readonly input?: InputTable;
  /** A second one: what ML.VALIDATE_DATA_DRIFT compares with the first. */
  readonly study?: InputTable;
  /** Fields of the STRUCT argument, names in lower case: literals; a struct in them is an array. */
  readonly settings: ReadonlyMap<string, unknown>;
  /** Other positional arguments, evaluated: ML.ROC_CURVE's thresholds. */
  readonly extra: readonly unknown[];
}

/** A call as it is known before it runs: its tables by their fields only. */
export type MlCallShape = Omit<MlCall, 'input' | 'study'> & {
  readonly inputFields?: readonly Field[];
  readonly studyFields?: readonly Field[];
};

export interface MlResult {
  readonly columns: readonly Column[];
  /** The input's columns stand behind these, row by row (ML.PREDICT). */
  readonly keepInput: boolean;
}

export interface MlEngine {
  /** Undefined when the statement is none of BigQuery ML's. @throws {ApiError} invalidQuery. */
  parse(
    sql: string,
    context: { projectId: string; defaultDataset?: DatasetRef },
  ): MlStatement | undefined;
  create(
    statement: Extract<MlStatement, { kind: 'CREATE_MODEL' }>,
    input: InputTable,
    context: QueryContext,
  ): Promise<'CREATE' | 'REPLACE' | 'SKIP'>;
  import(
    statement: Extract<MlStatement, { kind: 'IMPORT_MODEL' }>,
  ): Promise<'CREATE' | 'REPLACE' | 'SKIP'>;
  export(model: ModelRef, uri: string, trialId?: number): Promise<void>;
  /** Columns that a call answers, without running it. @throws {ApiError} as the call would. */
  describe(call: MlCallShape): Pick<MlResult, 'keepInput'> & { readonly fields: readonly Field[] };
  call(call: MlCall): Promise<MlResult>;
  exists(model: ModelRef): boolean;
  /** The models resource of the REST API. @throws {ApiError} notFound. */
  get(model: ModelRef): Record<string, unknown>;
  list(dataset: DatasetRef): readonly Record<string, unknown>[];
  /** friendlyName, description, labels, expirationTime. */
  patch(model: ModelRef, change: Record<string, unknown>): Promise<Record<string, unknown>>;
  drop(model: ModelRef, ifExists: boolean): Promise<void>;
  dropAll(dataset: DatasetRef): Promise<void>;
}

// --- Neighbours ----------------------------------------------------------------------------------

/** What loads, extracts and EXPORT MODEL see of Cloud Storage. */
export interface ObjectStore {
  /** @throws {ApiError} notFound for the bucket or the object. */
  read(bucket: string, object: string): Promise<Uint8Array>;
  /** The same, piece by piece, for objects that need not fit into memory. */
  stream?(bucket: string, object: string): Promise<AsyncIterable<Uint8Array>>;
  write(bucket: string, object: string, bytes: Uint8Array, contentType: string): Promise<void>;
  /** Names that start with the prefix, sorted. @throws {ApiError} notFound for the bucket. */
  list(bucket: string, prefix: string): Promise<readonly string[]>;
}

/** What a Pub/Sub BigQuery subscription sees of BigQuery. */
export interface RowSink {
  /** Undefined when there is no such table. */
  fields(table: TableRef): readonly Field[] | undefined;
  /** Inserts rows given as insertAll's JSON; answers what is wrong by row, and inserts nothing then. */
  insert(
    table: TableRef,
    rows: readonly Record<string, unknown>[],
  ): Promise<readonly { index: number; message: string }[]>;
}
