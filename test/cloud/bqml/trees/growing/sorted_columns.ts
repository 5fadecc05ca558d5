import type { Arena } from '../kernels/arena.ts';
import type { Address, TrainerKernel } from '../kernels/trainer.ts';

/** A column's present values, ascending, with their rows, in a kernel's memory. */
export interface SortedColumn {
  /** float32 */
  readonly values: Address;
  /** u32 */
  readonly rows: Address;
  readonly length: number;
  /** What `survey` found. */
  readonly found: number;
}

export type SortedColumns = readonly SortedColumn[];

/** Sorts columns of equal length, 8 bytes a value. */
export function sortColumns(
  kernel: TrainerKernel,
  arena: Arena,
  columns: readonly Float32Array[],
): SortedColumns {
  const count = columns[0]!.length;
  const sorted = columns.map(() => ({
    values: arena.take(4 * count),
    rows: arena.take(4 * count),
  }));
  const mark = arena.mark();
  const raw = arena.take(4 * count);
  const work = arena.take(16 * count);
  const result = columns.map((column, i) => {
    const { values, rows } = sorted[i]!;
    arena.float32(raw, count).set(column);
    const length = kernel.sortColumn(raw, count, work, values, rows);
    return { values, rows, length, found: kernel.survey(raw, count) };
  });
  arena.release(mark);
  return result;
}
