/** The DuckDB statements behind the catalogue's changes. */
import { physicalType } from '../duckdb/types.ts';
import { physicalTable, quote, type TableRef } from '../names.ts';
import { type Field, typeText } from '../types.ts';

/** @param fields at least one: DuckDB has no table without columns. */
export function createStatement(table: TableRef, fields: readonly Field[]): string {
  const columns = fields.map((f) => column(f) + (f.required ? ' NOT NULL' : ''));
  return `CREATE TABLE ${physicalTable(table)} (${columns.join(', ')})`;
}

/**
 * Adds a column to a table with rows. An array gets its default afterwards: DuckDB can't commit
 * another change behind one that adds a column with a default, and breaks on two of them.
 */
export function addColumnStatements(table: TableRef, { name, type }: Field): readonly string[] {
  const alter = `ALTER TABLE ${physicalTable(table)}`;
  const add = `${alter} ADD COLUMN ${quote(name)} ${physicalType(type)}`;
  if (type.kind !== 'ARRAY') return [add];
  const column = `${alter} ALTER ${quote(name)}`;
  const fill = `${column} SET DATA TYPE ${physicalType(type)} USING []`;
  return [add, fill, `${column} SET DEFAULT []`];
}

/** An array that nothing was said of is empty: stored arrays are never NULL. */
const column = (field: Field): string =>
  `${quote(field.name)} ${physicalType(field.type)}${field.type.kind === 'ARRAY' ? ' DEFAULT []' : ''}`;

/** What a DuckDB table of the right columns still lacks. */
export function constraintStatements(table: TableRef, fields: readonly Field[]): readonly string[] {
  return fields.flatMap(({ name, type, required }) => {
    const alter = `ALTER TABLE ${physicalTable(table)} ALTER ${quote(name)}`;
    return [
      ...(required ? [`${alter} SET NOT NULL`] : []),
      ...(type.kind === 'ARRAY' ? [`${alter} SET DEFAULT []`] : []),
    ];
  });
}

export const dropStatement = (table: TableRef): string =>
  `DROP TABLE IF EXISTS ${physicalTable(table)}`;

export const insertStatement = (table: TableRef, rows: string): string =>
  `INSERT INTO ${physicalTable(table)} ${rows}`;

/** From one schema to the next that `evolve` made of it. */
export function alterStatements(
  table: TableRef,
  current: readonly Field[],
  next: readonly Field[],
): readonly string[] {
  if (next.length === 0) return [];
  // A table without a schema exists in BigQuery alone; DuckDB's begins here.
  if (current.length === 0) return [createStatement(table, next)];
  const alter = `ALTER TABLE ${physicalTable(table)}`;
  return next.flatMap((field, i) => {
    const before = current[i];
    if (before === undefined) return addColumnStatements(table, field);
    const [name, type] = [quote(field.name), physicalType(field.type)];
    return [
      ...(before.required && !field.required ? [`${alter} ALTER ${name} DROP NOT NULL`] : []),
      ...(typeText(before.type) === typeText(field.type)
        ? []
        : [`${alter} ALTER ${name} SET DATA TYPE ${type}`]),
    ];
  });
}
