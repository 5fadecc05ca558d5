/** A function's signatures, and for each the DuckDB text that does the same. */
import type { BqType } from '../../types.ts';
import type { DatePart, Place } from '../parse/ast.ts';
import type { Typed } from '../resolve/typed.ts';

/** What a call is, once its signature is chosen: arguments are coerced to their parameters' types. */
export interface Chosen {
  readonly args: readonly Typed[];
  /** Date parts among the arguments, in order. */
  readonly parts: readonly DatePart[];
  /** Arguments given by name. */
  readonly named: ReadonlyMap<string, Typed>;
  readonly result: BqType;
  /** When the query began. */
  readonly now: Date;
  readonly at: Place;
}

/**
 * The signature, and a template for `fill` or a function that makes one. A type in the third place
 * is what the result really is, where the signature cannot tell.
 */
export type Overload = readonly [
  signature: string,
  sql: string | ((call: Chosen) => string),
  result?: (call: Chosen) => BqType,
];

/** Functions by name, in upper case. */
export type FunctionTable = Readonly<Record<string, readonly Overload[]>>;
