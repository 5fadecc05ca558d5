/** What a statement is resolved with, and what resolving it gathers. */

import type {
  Catalog,
  JobHistory,
  MlCall,
  MlEngine,
  QueryContext,
  TableEntry,
} from '../../ports.ts';
import type { BqType } from '../../types.ts';
import type { Expr, Place, WindowSpec } from '../parse/ast.ts';
import type { Query } from '../parse/query_ast.ts';
import type { FunctionDefinition } from '../parse/statements_ast.ts';
import type { Bound } from './parameters.ts';
import type { Scope } from './scope.ts';
import type { Refs, Typed } from './typed.ts';

/** Everything that expressions and queries share while one statement is resolved. */
export interface Resolver {
  readonly catalog: Catalog;
  readonly ml: MlEngine | undefined;
  readonly jobs: JobHistory;
  readonly context: QueryContext;
  readonly parameters: Bound;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  /** Table functions of BigQuery ML, in the order in which they must run. */
  readonly mlSteps: MlStep[];
  /** Tables and views that the statement mentions, by their DuckDB names. */
  readonly tables: Map<string, TableEntry>;
  /** Of partitioned tables, for each time that one is read, what holds of the partitions read (`pruning.ts`). */
  readonly partitionsRead: Map<string, readonly string[]>;
  /** Views and temporary functions that are being put in: none may hold itself. */
  readonly expanding: Set<string>;
  /** A name that nothing else in the statement has. */
  unique(prefix: string): string;
  expression(node: Expr, env: Env): Typed;
  query(node: Query, env: QueryEnv): ResolvedQuery;
}

/** Where an expression stands. */
export interface Env extends QueryEnv {
  readonly scope: Scope;
  /** For messages: `WHERE clause`. */
  readonly clause: string;
  /** Takes aggregates out of the expression; undefined where none may stand. */
  readonly aggregates: AggregateSink | undefined;
  /** Named windows; undefined where no window function may stand. */
  readonly windows: ReadonlyMap<string, WindowSpec> | undefined;
}

/** Evaluates aggregates before the expression that uses them, and knows the keys of the groups. */
export interface AggregateSink {
  /** An aggregate's DuckDB text becomes the text of the column that holds it. */
  add(aggregate: Typed): Typed;
  /** The environment of an aggregate's arguments: the rows before grouping. */
  readonly inner: Env;
  /** The key that an expression equals, if it is one. */
  key(node: Expr): Typed | undefined;
  /** The number that tells which of the keys are aggregated away (GROUPING). */
  grouping(node: Expr): Typed;
}

/** What a query sees of what is around it. */
export interface QueryEnv {
  readonly outer: Scope | undefined;
  readonly ctes: CteScope | undefined;
  /** Where unqualified names of tables and projects are looked up. */
  readonly home: Home;
}

export interface Home {
  readonly projectId: string;
  readonly datasetId: { readonly projectId: string; readonly datasetId: string } | undefined;
}

/** Common table expressions, the nearest first. */
export interface CteScope {
  readonly parent: CteScope | undefined;
  readonly name: string;
  /** The DuckDB name, and the text that defines it. */
  readonly alias: string;
  readonly definition: string;
  readonly result: Pick<ResolvedQuery, 'columns' | 'value' | 'always'>;
}

export interface OutputColumn {
  /** '' where it has none. */
  readonly name: string;
  readonly type: BqType;
  /** Its name in the DuckDB text. */
  readonly alias: string;
  readonly refs: Refs;
  /** What it is when it is written out: a set operation may read it as another type. */
  readonly literal?: Typed;
}

/** A query whose columns are known. */
export interface ResolvedQuery {
  readonly columns: readonly OutputColumn[];
  /** The rows are the values of the only column (SELECT AS STRUCT, AS VALUE). */
  readonly value: boolean;
  /** WITH …, to stand before the query; '' or with a space at the end. */
  readonly prefix: string;
  /** DuckDB text whose columns have the aliases of `columns`; its rows are not yet in order. */
  readonly core: string;
  /** ORDER BY keys over the core's columns. */
  readonly order: readonly string[];
  /** LIMIT and OFFSET, or ''. */
  readonly limit: string;
  /** Columns that are read whichever columns are asked for. */
  readonly always: Refs;
}

/** A call of a BigQuery ML table function, whose result becomes a table before the statement runs. */
export interface MlStep {
  readonly call: Omit<MlCall, 'input' | 'study' | 'extra'> & { readonly extra: readonly MlExtra[] };
  /** DuckDB text of the rows given, if any; and of those to compare them with. */
  readonly input: MlInput | undefined;
  readonly study: MlInput | undefined;
  /** The DuckDB table to make. */
  readonly table: string;
  /** The columns that the call answers, and whether the input's stand behind them. */
  readonly fields: readonly { readonly name: string; readonly type: BqType }[];
  readonly keepInput: boolean;
  readonly at: Place;
}

export interface MlInput {
  readonly sql: string;
  readonly fields: readonly { readonly name: string; readonly type: BqType }[];
}

/** A positional argument: DuckDB text to evaluate. */
export interface MlExtra {
  readonly sql: string;
  readonly type: BqType;
}
