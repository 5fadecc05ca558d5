/** The columns of a statement's result: their names, and their values as BigQuery gives them. */

import { physicalField, physicalType } from '../../duckdb/types.ts';
import { quote } from '../../names.ts';
import type { BqType, Field } from '../../types.ts';
import { fieldText } from './casting.ts';
import type { OutputColumn, ResolvedQuery } from './context.ts';
import { queryError } from './errors.ts';
import { finished } from './subqueries.ts';
import { contains } from './type_rules.ts';

const START = { line: 1, column: 1, offset: 0 };

interface Result {
  readonly field: Field;
  /** DuckDB text over the query's columns. */
  readonly sql: string;
}

/**
 * The columns of a query's rows. Those without a name are called f0_, f1_, …; a name that comes
 * again gets a number. The struct of a SELECT AS STRUCT becomes its fields.
 *
 * @param into what the columns become the columns of: there they have names, each another.
 */
export function outputFields(query: ResolvedQuery, into?: Definition): readonly Field[] {
  return results(query, into).map((result) => result.field);
}

type Definition = 'CREATE TABLE' | 'CREATE VIEW' | 'CREATE MODEL';

function results(query: ResolvedQuery, into: Definition | undefined): readonly Result[] {
  const columns = query.value ? expanded(query.columns[0]!) : query.columns.map(plain);
  const taken = new Set(columns.map(({ field }) => field.name.toLowerCase()));
  const used = new Set<string>();
  let anonymous = 0;
  return columns.map(({ field, sql }, i) => {
    if (into && field.name === '') {
      throw queryError(`${into} columns must be named, but column ${i + 1} has no name`, START);
    }
    let name = field.name === '' ? `f${anonymous++}_` : field.name;
    if (used.has(name.toLowerCase())) {
      if (into) throw queryError(`${into} has columns with duplicate name ${name}`, START);
      name = numbered(name, used, taken);
    }
    used.add(name.toLowerCase());
    return { field: { name, type: withNames(field.type) }, sql };
  });
}

function numbered(name: string, used: ReadonlySet<string>, taken: ReadonlySet<string>): string {
  for (let i = 1; ; i++) {
    const candidate = `${name}_${i}`;
    const key = candidate.toLowerCase();
    if (!used.has(key) && !taken.has(key)) return candidate;
  }
}

/** A type whose fields have names, as those of stored columns do: _field_1, _field_2, … */
function withNames(type: BqType): BqType {
  if (type.kind === 'ARRAY') return { ...type, element: withNames(type.element) };
  if (type.kind !== 'STRUCT') return type;
  const fields = type.fields.map((field, i) => ({
    ...field,
    name: field.name === '' ? physicalField(type.fields, i) : field.name,
    type: withNames(field.type),
  }));
  return { ...type, fields };
}

const plain = ({ name, type, alias }: OutputColumn): Result => ({
  field: { name, type },
  sql: alias,
});

function expanded(column: OutputColumn): readonly Result[] {
  const { type, alias } = column;
  if (type.kind !== 'STRUCT') return [plain(column)];
  return type.fields.map((field, i) => ({ field, sql: fieldText(alias, type.fields, i) }));
}

/** DuckDB text of the whole query with the columns named and their values fit for a table. */
export function outputText(
  query: ResolvedQuery,
  into?: Definition,
): { sql: string; fields: readonly Field[] } {
  const columns = results(query, into);
  const list = columns.map(({ field, sql }) => `${stored(sql, field)} AS ${quote(field.name)}`);
  const sql = `SELECT ${list.join(', ')} FROM (${finished(query)})`;
  return { sql, fields: columns.map((column) => column.field) };
}

/**
 * A value as a table keeps it: BigQuery has no NULL arrays there, only empty ones, and refuses
 * arrays with NULLs in them.
 */
export function stored(sql: string, { name, type }: Field): string {
  if (type.kind === 'ARRAY') {
    const physical = physicalType(type);
    const problem = `'Array cannot have a null element; error in writing field ${name.replaceAll("'", "''")}'`;
    return `(CASE WHEN ${sql} IS NULL THEN CAST([] AS ${physical}) WHEN list_count(${sql}) < len(${sql}) THEN CAST(bq_raise(${problem}) AS ${physical}) ELSE CAST(${sql} AS ${physical}) END)`;
  }
  // Text that functions give as JSON is plain text to DuckDB.
  return contains(type, (t) => t.kind === 'JSON') ? `CAST(${sql} AS ${physicalType(type)})` : sql;
}
