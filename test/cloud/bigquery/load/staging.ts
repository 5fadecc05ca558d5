/** A DuckDB table on its way to become, or to be added to, a table of the catalogue. */
import { stagingName } from '../catalog/catalog.ts';
import { createStatement } from '../catalog/ddl.ts';
import type { Session } from '../duckdb/database.ts';
import { type DatasetRef, physicalTable, type TableRef } from '../names.ts';
import type { Field } from '../types.ts';

export interface Staged {
  readonly table: TableRef;
  readonly fields: readonly Field[];
}

/** Makes the empty table. NOT NULL is left to the one it becomes. */
export async function createStaged(
  session: Session,
  dataset: DatasetRef,
  id: string,
  fields: readonly Field[],
): Promise<Staged> {
  const table = { ...dataset, tableId: stagingName(id) };
  const nullable = fields.map(({ name, type }) => ({ name, type }));
  await session.run(createStatement(table, nullable));
  return { table, fields };
}

export const dropStaged = async (session: Session, { table }: Staged): Promise<void> => {
  await session.run(`DROP TABLE IF EXISTS ${physicalTable(table)}`);
};
