/** Tables that are only read with a filter on their partitions. */
import { describeTable } from '../../names.ts';
import type { TableEntry } from '../../ports.ts';
import type { Place } from '../parse/ast.ts';
import type { Resolver } from './context.ts';
import { queryError } from './errors.ts';
import type { Relation } from './relation.ts';
import type { Typed } from './typed.ts';

/**
 * @param where what filters the rows: a WHERE clause, the conditions of a MERGE
 * @throws {ApiError} in BigQuery's words when `requirePartitionFilter` is set and no filter reads the column.
 */
export function checkPartitionFilters(
  r: Resolver,
  relation: Pick<Relation, 'columns'>,
  where: Pick<Typed, 'refs'> | undefined,
  at: Place,
): void {
  const stored = new Set(relation.columns.map((column) => column.stored?.table));
  for (const table of stored) {
    const entry = table === undefined ? undefined : r.tables.get(table);
    const column = entry && partitionColumn(entry);
    if (!entry || column === undefined) continue;
    const filtered = [...(where?.refs ?? [])].some(
      ({ stored: read }) =>
        read?.table === table && read?.name.toLowerCase() === column.toLowerCase(),
    );
    if (filtered) continue;
    throw queryError(
      `Cannot query over table '${describeTable(entry.ref).replace('Table ', '').replace(':', '.')}' without a filter over column(s) '${column}' that can be used for partition elimination`,
      at,
    );
  }
}

/** The column to filter by, if the table asks for that. */
function partitionColumn({ options }: TableEntry): string | undefined {
  const time = options.timePartitioning as
    | { field?: string; requirePartitionFilter?: boolean }
    | undefined;
  const range = options.rangePartitioning as { field?: string } | undefined;
  const required = options.requirePartitionFilter === true || time?.requirePartitionFilter === true;
  return required ? (time?.field ?? range?.field) : undefined;
}
