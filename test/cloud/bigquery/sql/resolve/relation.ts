/** What an item of FROM is once it is resolved. */
import { quote } from '../../names.ts';
import type { BqType, Field } from '../../types.ts';
import type { Name, Place } from '../parse/ast.ts';
import { fieldText } from './casting.ts';
import type { OutputColumn, ResolvedQuery } from './context.ts';
import { queryError } from './errors.ts';
import type { RangeVariable } from './scope.ts';
import { type Column, NO_REFS, type Refs } from './typed.ts';

export interface Relation {
  /** DuckDB text, to stand in FROM. */
  readonly sql: string;
  /** What `SELECT *` gives, in order. */
  readonly columns: readonly Column[];
  readonly ranges: readonly RangeVariable[];
  /** Columns that are read whichever columns are asked for. */
  readonly always: Refs;
  /** Of the elements of an array, which a join may follow without a condition. */
  readonly array?: ArrayElements;
}

export interface ArrayElements {
  /** The DuckDB alias of the elements. */
  readonly alias: string;
  /** The array, which may read columns of what stands to the left. */
  readonly sql: string;
  /** DuckDB text of the elements of a column. */
  readonly rows: (column: string) => string;
}

/** The DuckDB alias of a relation that is not made of several: its text ends with it. */
export const onlyAlias = ({ sql }: Relation): string | undefined => / AS (t\d+)$/.exec(sql)?.[1];

/** Columns of a DuckDB relation, each as `alias.name`. */
export const columnsOf = (
  alias: string,
  columns: readonly Pick<OutputColumn, 'name' | 'type' | 'alias' | 'refs'>[],
): Column[] =>
  columns.map(({ name, type, alias: column, refs }) => ({
    name,
    type,
    sql: `${alias}.${quote(column)}`,
    sources: refs,
  }));

/** A relation with one alias, or none. */
export function named(
  sql: string,
  columns: readonly Column[],
  alias: string | undefined,
  always: Refs = NO_REFS,
): Relation {
  const ranges = alias === undefined ? [] : [{ name: alias, columns, value: undefined }];
  return { sql, columns, ranges, always };
}

/** A value table: its fields are columns if it holds structs, else it is itself the only column. */
export function valueTable(
  sql: string,
  value: Column,
  alias: string | undefined,
  more: readonly Column[],
  always: Refs = NO_REFS,
): Relation {
  const fields = value.type.kind === 'STRUCT' ? fieldColumns(value, value.type.fields) : [];
  const own = value.type.kind === 'STRUCT' ? fields : [value];
  const range = { name: alias ?? '', columns: fields, value };
  const ranges = alias === undefined && fields.length === 0 ? [] : [range];
  return { sql, columns: [...own, ...more], ranges, always };
}

function fieldColumns(value: Column, fields: readonly Field[]): Column[] {
  return fields.map((field, i) => ({
    name: field.name,
    type: field.type as BqType,
    sql: fieldText(value.sql, fields, i),
    sources: new Set([value]),
  }));
}

/** A query in FROM. */
export function derived(
  query: ResolvedQuery,
  text: string,
  unique: string,
  alias: string | undefined,
): Relation {
  const columns = columnsOf(unique, query.columns);
  const sql = `(${text}) AS ${unique}`;
  if (query.value) return valueTable(sql, columns[0]!, alias, [], query.always);
  return named(sql, columns, alias, query.always);
}

/** @throws {ApiError} when two items of one FROM clause have the same alias. */
export function checkAliases(ranges: readonly RangeVariable[], at: Place): void {
  const seen = new Set<string>();
  for (const { name } of ranges) {
    const key = name.toLowerCase();
    if (key === '') continue;
    if (seen.has(key)) {
      throw queryError(`Duplicate table alias ${name} in the same FROM clause`, at);
    }
    seen.add(key);
  }
}

export const textOf = (name: Name | undefined): string | undefined => name?.text;
