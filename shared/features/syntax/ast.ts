import type { Literal, Type } from '../types.ts';

/** Where a piece of the text stands: offsets [start, end) and the place of its first character. */
export interface Place {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

/** An expression of the feature language, not yet typed. */
export type Expression = Place & Shape & { readonly depth: number };

export type Shape =
  | { readonly kind: 'literal'; readonly type: Type; readonly value: Literal }
  | { readonly kind: 'null' }
  /** A column, perhaps behind the name of its table. */
  | { readonly kind: 'name'; readonly path: readonly string[] }
  /** `NOT`, `+`, `IS NULL`, `BETWEEN`, `IN`, …: the operator by its name, upper case. */
  | Operation
  /** A function by its name, upper case; EXTRACT has the value first, then the part. */
  | Call
  | Case
  | {
      readonly kind: 'cast';
      readonly safe: boolean;
      readonly operand: Expression;
      readonly to: string;
    }
  | { readonly kind: 'array'; readonly items: readonly Expression[] };

export interface Operation {
  readonly kind: 'operator';
  readonly operator: string;
  readonly operands: readonly Expression[];
}

export interface Call {
  readonly kind: 'call';
  readonly name: string;
  /** Written with `SAFE.` in front, which is not in the name. */
  readonly safe: boolean;
  readonly args: readonly Expression[];
}

export interface Case {
  readonly kind: 'case';
  readonly operand: Expression | undefined;
  readonly branches: readonly { readonly when: Expression; readonly result: Expression }[];
  readonly otherwise: Expression | undefined;
}

/** A column name where one is written: in an alias, after EXCEPT. */
export interface Name extends Place {
  readonly name: string;
}

/** An expression of a SELECT list. */
export interface ColumnItem extends Place {
  readonly kind: 'column';
  readonly expression: Expression;
  readonly alias: Name | undefined;
}

/** `*` or `t.*` of a SELECT list. */
export interface StarItem extends Place {
  readonly kind: 'star';
  readonly table: Name | undefined;
  readonly except: readonly Name[];
  readonly replace: readonly { readonly expression: Expression; readonly name: Name }[];
}

export type Item = ColumnItem | StarItem;

export interface Select extends Place {
  readonly items: readonly Item[];
  /** Where the list ends: after its last item, and after the comma that may stand behind it. */
  readonly listEnd: number;
  readonly hasTrailingComma: boolean;
  readonly from: Name;
  /** What columns may be qualified with: the alias if there is one, else the table's name. */
  readonly alias: string;
}

/** `WITH step AS (…), … SELECT … FROM …`. */
export interface Query {
  readonly steps: readonly { readonly name: Name; readonly select: Select }[];
  readonly select: Select;
}
