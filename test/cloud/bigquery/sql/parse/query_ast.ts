/** The syntax of GoogleSQL's queries as a tree. */
import type { Expr, LiteralNode, Name, OrderItem, Place, WindowSpec } from './ast.ts';

export interface Query {
  readonly at: Place;
  readonly recursive: boolean;
  readonly ctes: readonly { readonly name: Name; readonly query: Query }[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Expr | undefined;
  readonly offset: Expr | undefined;
}

export type QueryBody = Select | SetOperation | { readonly kind: 'nested'; readonly query: Query };

export interface SetOperation {
  readonly kind: 'set';
  readonly at: Place;
  readonly operator: 'UNION ALL' | 'UNION DISTINCT' | 'INTERSECT DISTINCT' | 'EXCEPT DISTINCT';
  readonly byName: ByName | undefined;
  readonly inputs: readonly QueryBody[];
}

export interface ByName {
  readonly mode: 'STRICT' | 'INNER' | 'FULL' | 'LEFT';
  readonly columns: readonly Name[] | undefined;
}

export interface Select {
  readonly kind: 'select';
  readonly at: Place;
  readonly distinct: boolean;
  readonly as: 'STRUCT' | 'VALUE' | undefined;
  readonly items: readonly SelectItem[];
  readonly from: FromItem | undefined;
  readonly where: Expr | undefined;
  readonly groupBy: GroupBy | undefined;
  readonly having: Expr | undefined;
  readonly qualify: Expr | undefined;
  readonly windows: readonly { readonly name: Name; readonly window: WindowSpec }[];
}

export type SelectItem =
  | { readonly kind: 'expr'; readonly expr: Expr; readonly alias: Name | undefined }
  | StarItem;

export interface StarItem {
  readonly kind: 'star';
  readonly at: Place;
  /** `base.*`. */
  readonly base: Expr | undefined;
  readonly except: readonly Name[];
  readonly replace: readonly { readonly expr: Expr; readonly name: Name }[];
}

export type GroupBy =
  | { readonly kind: 'all'; readonly at: Place }
  | { readonly kind: 'items'; readonly at: Place; readonly items: readonly GroupItem[] };

/** An expression, or the sets that ROLLUP, CUBE and GROUPING SETS stand for. */
export type GroupItem =
  | { readonly kind: 'expr'; readonly expr: Expr }
  | {
      readonly kind: 'ROLLUP' | 'CUBE';
      readonly sets: readonly (readonly Expr[])[];
      readonly at: Place;
    }
  | { readonly kind: 'GROUPING SETS'; readonly items: readonly GroupSet[]; readonly at: Place };

export type GroupSet =
  | { readonly kind: 'set'; readonly exprs: readonly Expr[] }
  | { readonly kind: 'ROLLUP' | 'CUBE'; readonly sets: readonly (readonly Expr[])[] };

// --- FROM ----------------------------------------------------------------------------------------

export type FromItem =
  | TableItem
  | SubqueryItem
  | UnnestItem
  | TableFunctionItem
  | JoinItem
  | PivotItem
  | UnpivotItem
  | SampleItem;

/** A table, a common table expression, or the path of an array of an earlier item. */
export interface TableItem {
  readonly kind: 'table';
  readonly at: Place;
  readonly path: TablePath;
  readonly alias: Name | undefined;
  /** `WITH OFFSET [AS x]`, which only the path of an array may have. */
  readonly offset: Name | undefined;
}

export interface TablePath {
  readonly at: Place;
  readonly names: readonly Name[];
}

export interface SubqueryItem {
  readonly kind: 'subquery';
  readonly at: Place;
  readonly query: Query;
  readonly alias: Name | undefined;
}

export interface UnnestItem {
  readonly kind: 'unnest';
  readonly at: Place;
  readonly array: Expr;
  readonly alias: Name | undefined;
  readonly offset: Name | undefined;
}

export interface TableFunctionItem {
  readonly kind: 'function';
  readonly at: Place;
  readonly name: readonly Name[];
  readonly args: readonly TableArgument[];
  readonly alias: Name | undefined;
}

export type TableArgument =
  | { readonly kind: 'model'; readonly at: Place; readonly path: TablePath }
  | { readonly kind: 'table'; readonly at: Place; readonly path: TablePath }
  | { readonly kind: 'query'; readonly at: Place; readonly query: Query }
  | {
      readonly kind: 'expr';
      readonly at: Place;
      readonly expr: Expr;
      readonly name: Name | undefined;
    };

export interface JoinItem {
  readonly kind: 'join';
  readonly at: Place;
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS' | 'COMMA';
  readonly left: FromItem;
  readonly right: FromItem;
  readonly on: Expr | undefined;
  readonly using: readonly Name[] | undefined;
}

export interface PivotItem {
  readonly kind: 'pivot';
  readonly at: Place;
  readonly input: FromItem;
  readonly aggregates: readonly { readonly call: Expr; readonly alias: Name | undefined }[];
  readonly forColumn: Expr;
  readonly values: readonly { readonly value: Expr; readonly alias: Name | undefined }[];
  readonly alias: Name | undefined;
}

export interface UnpivotItem {
  readonly kind: 'unpivot';
  readonly at: Place;
  readonly input: FromItem;
  readonly includeNulls: boolean;
  readonly values: readonly Name[];
  readonly nameColumn: Name;
  readonly sets: readonly {
    readonly columns: readonly Name[];
    /** A string or an integer literal. */
    readonly label: LiteralNode | undefined;
  }[];
  readonly alias: Name | undefined;
}

export interface SampleItem {
  readonly kind: 'sample';
  readonly at: Place;
  readonly input: FromItem;
  readonly percent: Expr;
}
