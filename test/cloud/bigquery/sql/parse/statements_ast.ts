/** The syntax of GoogleSQL's statements as a tree. */
import type { Expr, Name, Place, TypeNode } from './ast.ts';
import type { FromItem, Query, TablePath } from './query_ast.ts';

export type Statement =
  | { readonly kind: 'query'; readonly at: Place; readonly query: Query }
  | InsertStatement
  | UpdateStatement
  | DeleteStatement
  | TruncateStatement
  | MergeStatement
  | CreateTableStatement
  | CreateViewStatement
  | CreateSchemaStatement
  | CreateFunctionStatement
  | DropStatement
  | AlterTableStatement
  | AssertStatement;

// --- DML -----------------------------------------------------------------------------------------

export interface InsertStatement {
  readonly kind: 'insert';
  readonly at: Place;
  readonly target: TablePath;
  readonly columns: readonly Name[] | undefined;
  readonly source: InsertSource;
}

export type InsertSource =
  | { readonly kind: 'values'; readonly rows: readonly (readonly Expr[])[] }
  | { readonly kind: 'query'; readonly query: Query };

export interface Assignment {
  /** `column` or `column.field.…`. */
  readonly target: readonly Name[];
  readonly value: Expr;
}

export interface UpdateStatement {
  readonly kind: 'update';
  readonly at: Place;
  readonly target: TablePath;
  readonly alias: Name | undefined;
  readonly assignments: readonly Assignment[];
  readonly from: FromItem | undefined;
  readonly where: Expr;
}

export interface DeleteStatement {
  readonly kind: 'delete';
  readonly at: Place;
  readonly target: TablePath;
  readonly alias: Name | undefined;
  readonly where: Expr;
}

export interface TruncateStatement {
  readonly kind: 'truncate';
  readonly at: Place;
  readonly target: TablePath;
}

export interface MergeStatement {
  readonly kind: 'merge';
  readonly at: Place;
  readonly target: TablePath;
  readonly alias: Name | undefined;
  readonly source: FromItem;
  readonly on: Expr;
  readonly clauses: readonly MergeClause[];
}

export interface MergeClause {
  readonly at: Place;
  readonly when: 'MATCHED' | 'NOT MATCHED BY TARGET' | 'NOT MATCHED BY SOURCE';
  readonly condition: Expr | undefined;
  readonly action: MergeAction;
}

export type MergeAction =
  | { readonly kind: 'update'; readonly assignments: readonly Assignment[] }
  | { readonly kind: 'delete' }
  | {
      readonly kind: 'insert';
      readonly columns: readonly Name[] | undefined;
      /** Undefined for INSERT ROW. */
      readonly values: readonly Expr[] | undefined;
    };

// --- DDL -----------------------------------------------------------------------------------------

export interface Creation {
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
}

export interface ColumnDefinition {
  readonly name: Name;
  readonly type: TypeNode;
  readonly notNull: boolean;
  readonly options: readonly Option[];
}

/** `name = value` of an OPTIONS list. */
export interface Option {
  readonly name: Name;
  readonly value: Expr;
}

export interface CreateTableStatement extends Creation {
  readonly kind: 'create table';
  readonly at: Place;
  readonly target: TablePath;
  readonly columns: readonly ColumnDefinition[] | undefined;
  readonly like: TablePath | undefined;
  readonly copy: TablePath | undefined;
  readonly partitionBy: Expr | undefined;
  readonly clusterBy: readonly Name[];
  readonly options: readonly Option[];
  readonly query: Query | undefined;
}

export interface CreateViewStatement extends Creation {
  readonly kind: 'create view';
  readonly at: Place;
  readonly target: TablePath;
  readonly columns: readonly { readonly name: Name; readonly options: readonly Option[] }[];
  readonly options: readonly Option[];
  readonly query: Query;
  /** The query as it is written. */
  readonly text: string;
}

export interface CreateSchemaStatement {
  readonly kind: 'create schema';
  readonly at: Place;
  readonly target: TablePath;
  readonly ifNotExists: boolean;
  readonly options: readonly Option[];
}

export interface DropStatement {
  readonly kind: 'drop';
  readonly at: Place;
  readonly what: 'TABLE' | 'VIEW' | 'FUNCTION' | 'SCHEMA';
  readonly target: TablePath;
  readonly ifExists: boolean;
  readonly cascade: boolean;
}

export interface AlterTableStatement {
  readonly kind: 'alter table';
  readonly at: Place;
  readonly target: TablePath;
  readonly ifExists: boolean;
  readonly actions: readonly AlterAction[];
}

export type AlterAction =
  | {
      readonly kind: 'add column';
      readonly at: Place;
      readonly column: ColumnDefinition;
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'drop column';
      readonly at: Place;
      readonly name: Name;
      readonly ifExists: boolean;
    }
  | {
      readonly kind: 'rename column';
      readonly at: Place;
      readonly from: Name;
      readonly to: Name;
      readonly ifExists: boolean;
    }
  | { readonly kind: 'drop not null'; readonly at: Place; readonly name: Name }
  | { readonly kind: 'set options'; readonly at: Place; readonly options: readonly Option[] };

/** `CREATE [OR REPLACE] FUNCTION d.f(x INT64) [RETURNS t] AS (…)`. */
export interface CreateFunctionStatement extends Creation {
  readonly kind: 'create function';
  readonly at: Place;
  readonly target: TablePath;
  readonly definition: FunctionDefinition;
  /** From the parameters to the end, as it was written. */
  readonly text: string;
}

/** `CREATE TEMP FUNCTION f(x INT64) [RETURNS t] AS (…)`. */
export interface FunctionDefinition {
  readonly name: Name;
  /** A parameter without a type is `ANY TYPE`. */
  readonly parameters: readonly { readonly name: Name; readonly type: TypeNode | undefined }[];
  readonly returns: TypeNode | undefined;
  readonly body: Expr;
}

/** A statement, and the temporary functions that are defined before it. */
export interface Script {
  readonly functions: readonly FunctionDefinition[];
  readonly statement: Statement;
}

export interface AssertStatement {
  readonly kind: 'assert';
  readonly at: Place;
  readonly condition: Expr;
  readonly message: string | undefined;
}
