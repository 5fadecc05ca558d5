/** The syntax of GoogleSQL as a tree: what the text says, before names and types are known. */
import type { Query } from './query_ast.ts';

/** Where a node begins. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** Into the source, in UTF-16 units. */
  readonly offset: number;
}

export interface Name {
  readonly text: string;
  readonly at: Place;
}

// --- Expressions ---------------------------------------------------------------------------------

interface Node {
  readonly at: Place;
}

export interface LiteralNode extends Node {
  readonly kind: 'literal';
  /** NULL, BOOL, INT64, FLOAT64, STRING and BYTES by their form, the others by a type before text. */
  readonly type: LiteralType;
  /** Digits, unescaped text (one character a byte for BYTES), TRUE or FALSE. */
  readonly value: string;
}

export type LiteralType =
  | 'NULL'
  | 'BOOL'
  | 'INT64'
  | 'FLOAT64'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'DATETIME'
  | 'TIME'
  | 'TIMESTAMP'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'JSON';

/** `a.b.c`: which part is a table, a column or a field is not known yet. */
export interface PathNode extends Node {
  readonly kind: 'path';
  readonly names: readonly Name[];
}

export interface ParameterNode extends Node {
  readonly kind: 'parameter';
  /** A name, or the position counted from 0. */
  readonly name: string | number;
}

/** `@@name`. */
export interface VariableNode extends Node {
  readonly kind: 'variable';
  readonly name: string;
}

export interface FieldNode extends Node {
  readonly kind: 'field';
  readonly base: Expr;
  readonly name: Name;
}

export interface SubscriptNode extends Node {
  readonly kind: 'subscript';
  readonly base: Expr;
  readonly accessor: 'OFFSET' | 'SAFE_OFFSET' | 'ORDINAL' | 'SAFE_ORDINAL' | undefined;
  readonly index: Expr;
}

export interface UnaryNode extends Node {
  readonly kind: 'unary';
  readonly operator: '-' | '+' | '~' | 'NOT';
  readonly operand: Expr;
}

export type BinaryOperator =
  | 'OR'
  | 'AND'
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '|'
  | '^'
  | '&'
  | '<<'
  | '>>'
  | '+'
  | '-'
  | '*'
  | '/'
  | '||';

export interface BinaryNode extends Node {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  readonly operatorAt: Place;
}

/** `x IS [NOT] NULL | TRUE | FALSE | UNKNOWN`. */
export interface IsNode extends Node {
  readonly kind: 'is';
  readonly operand: Expr;
  readonly negated: boolean;
  readonly test: 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN';
}

/** `x IS [NOT] DISTINCT FROM y`. */
export interface DistinctNode extends Node {
  readonly kind: 'distinct';
  readonly left: Expr;
  readonly right: Expr;
  readonly negated: boolean;
}

export interface BetweenNode extends Node {
  readonly kind: 'between';
  readonly operand: Expr;
  readonly low: Expr;
  readonly high: Expr;
  readonly negated: boolean;
}

/** The right side of IN and LIKE ANY: a list, an array, or a query's only column. */
export type Choices =
  | { readonly kind: 'list'; readonly items: readonly Expr[] }
  | { readonly kind: 'unnest'; readonly array: Expr }
  | { readonly kind: 'query'; readonly query: Query };

export interface InNode extends Node {
  readonly kind: 'in';
  readonly operand: Expr;
  readonly choices: Choices;
  readonly negated: boolean;
}

export interface LikeNode extends Node {
  readonly kind: 'like';
  readonly operand: Expr;
  /** Undefined for a plain LIKE, whose pattern is then the only choice. */
  readonly quantifier: 'ANY' | 'ALL' | undefined;
  readonly choices: Choices;
  readonly negated: boolean;
}

export interface CaseNode extends Node {
  readonly kind: 'case';
  readonly operand: Expr | undefined;
  readonly branches: readonly { readonly when: Expr; readonly result: Expr }[];
  readonly otherwise: Expr | undefined;
}

export interface CastNode extends Node {
  readonly kind: 'cast';
  readonly operand: Expr;
  readonly type: TypeNode;
  readonly safe: boolean;
  readonly format: Expr | undefined;
  readonly zone: Expr | undefined;
}

export interface ExtractNode extends Node {
  readonly kind: 'extract';
  readonly part: DatePart;
  readonly operand: Expr;
  readonly zone: Expr | undefined;
}

/** YEAR, DAY, …, and WEEK(MONDAY) with its weekday. */
export interface DatePart extends Name {
  readonly weekday: string | undefined;
}

export interface IntervalNode extends Node {
  readonly kind: 'interval';
  readonly value: Expr;
  readonly from: Name;
  readonly to: Name | undefined;
}

export interface ArrayNode extends Node {
  readonly kind: 'array';
  readonly element: TypeNode | undefined;
  readonly items: readonly Expr[];
}

export interface StructNode extends Node {
  readonly kind: 'struct';
  /** `STRUCT<a INT64, …>(…)`. */
  readonly type: TypeNode | undefined;
  readonly fields: readonly { readonly value: Expr; readonly name: Name | undefined }[];
  /** Written as `(a, b)`. */
  readonly tuple: boolean;
}

export interface SubqueryNode extends Node {
  readonly kind: 'subquery';
  readonly form: 'scalar' | 'array' | 'exists';
  readonly query: Query;
}

/** `WITH(a AS x, b AS a + 1, a * b)`. */
export interface WithNode extends Node {
  readonly kind: 'with';
  readonly bindings: readonly { readonly name: Name; readonly value: Expr }[];
  readonly body: Expr;
}

/** `DEFAULT` where INSERT, UPDATE and MERGE take a value. */
export interface DefaultNode extends Node {
  readonly kind: 'default';
}

export interface OrderItem {
  readonly expr: Expr;
  readonly descending: boolean;
  /** Where NULLs go when the text says so. */
  readonly nulls: 'FIRST' | 'LAST' | undefined;
  readonly at: Place;
}

export interface CallNode extends Node {
  readonly kind: 'call';
  /** `NET.HOST` has two parts; SAFE is not one of them. */
  readonly name: readonly Name[];
  readonly safe: boolean;
  readonly args: readonly Expr[];
  /** `name => value`. */
  readonly named: readonly { readonly name: Name; readonly value: Expr }[];
  /** `COUNT(*)`. */
  readonly star: boolean;
  readonly distinct: boolean;
  readonly nulls: 'IGNORE' | 'RESPECT' | undefined;
  readonly having: { readonly extreme: 'MAX' | 'MIN'; readonly expr: Expr } | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Expr | undefined;
  readonly over: WindowSpec | undefined;
}

export interface WindowSpec {
  readonly at: Place;
  /** A window of the WINDOW clause that this one is or builds upon. */
  readonly base: Name | undefined;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: WindowFrame | undefined;
}

export interface WindowFrame {
  readonly at: Place;
  readonly unit: 'ROWS' | 'RANGE';
  readonly start: FrameBound;
  readonly end: FrameBound | undefined;
}

export interface FrameBound {
  readonly kind:
    | 'UNBOUNDED PRECEDING'
    | 'PRECEDING'
    | 'CURRENT ROW'
    | 'FOLLOWING'
    | 'UNBOUNDED FOLLOWING';
  readonly offset: Expr | undefined;
}

export type Expr =
  | LiteralNode
  | PathNode
  | ParameterNode
  | VariableNode
  | FieldNode
  | SubscriptNode
  | UnaryNode
  | BinaryNode
  | IsNode
  | DistinctNode
  | BetweenNode
  | InNode
  | LikeNode
  | CaseNode
  | CastNode
  | ExtractNode
  | IntervalNode
  | ArrayNode
  | StructNode
  | SubqueryNode
  | WithNode
  | DefaultNode
  | CallNode;

// --- Types ---------------------------------------------------------------------------------------

export interface TypeNode {
  readonly at: Place;
  /** A scalar's name as written, ARRAY or STRUCT. */
  readonly name: string;
  /** The numbers of `STRING(10)` and `NUMERIC(10, 2)`. */
  readonly parameters: readonly number[];
  readonly element: TypeNode | undefined;
  readonly fields: readonly { readonly name: Name | undefined; readonly type: TypeNode }[];
}
