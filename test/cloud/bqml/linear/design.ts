/** A design matrix: numeric columns as they are, categorical ones as the slot that is 1. */

export type DesignColumn =
  | { readonly kind: 'dense'; readonly values: Float64Array }
  /** A row has a 1 in its slot, or none where the slot is −1. */
  | { readonly kind: 'slots'; readonly slots: Int32Array; readonly width: number };

export interface Design {
  readonly rowCount: number;
  readonly columns: readonly DesignColumn[];
  /** Whether a column of ones stands behind the others. */
  readonly intercept: boolean;
}

/** How many weights a design has, the intercept included. */
export const widthOf = ({ columns, intercept }: Design): number =>
  columns.reduce((sum, column) => sum + columnWidth(column), 0) + Number(intercept);

const columnWidth = (column: DesignColumn): number => (column.kind === 'dense' ? 1 : column.width);

/** out = X · weights. */
export function multiply(design: Design, weights: Float64Array, out: Float64Array): void {
  out.fill(design.intercept ? weights.at(-1)! : 0);
  let at = 0;
  for (const column of design.columns) {
    if (column.kind === 'dense') addScaled(out, column.values, weights[at]!);
    else addSlots(out, column.slots, weights.subarray(at, at + column.width));
    at += columnWidth(column);
  }
}

function addScaled(out: Float64Array, values: Float64Array, factor: number): void {
  if (factor === 0) return;
  for (let i = 0; i < out.length; i++) out[i]! += factor * values[i]!;
}

function addSlots(out: Float64Array, slots: Int32Array, weights: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    const slot = slots[i]!;
    if (slot >= 0) out[i]! += weights[slot]!;
  }
}

/** out = Xᵀ · rows, or the same with every element of X squared. */
export function multiplyTransposed(
  design: Design,
  rows: Float64Array,
  out: Float64Array,
  squared = false,
): void {
  let at = 0;
  for (const column of design.columns) {
    const width = columnWidth(column);
    if (column.kind === 'dense') out[at] = dot(column.values, rows, squared);
    else sumSlots(column.slots, rows, out.subarray(at, at + width));
    at += width;
  }
  if (design.intercept) out[at] = rows.reduce((a, b) => a + b, 0);
}

function dot(values: Float64Array, rows: Float64Array, squared: boolean): number {
  let sum = 0;
  if (squared) for (let i = 0; i < rows.length; i++) sum += values[i]! * values[i]! * rows[i]!;
  else for (let i = 0; i < rows.length; i++) sum += values[i]! * rows[i]!;
  return sum;
}

function sumSlots(slots: Int32Array, rows: Float64Array, out: Float64Array): void {
  out.fill(0);
  for (let i = 0; i < rows.length; i++) {
    const slot = slots[i]!;
    if (slot >= 0) out[slot]! += rows[i]!;
  }
}
