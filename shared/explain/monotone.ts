/**
 * How far a model goes the wrong way along a number that may move its answer one way only.
 *
 * BigQuery ML has no monotone constraints for boosted trees, so a trained model is held to them. Trees
 * change their answer at thresholds alone: of one row, one value between each two neighbouring
 * thresholds shows every answer that this number can bring about. For the rows given the figure is exact;
 * other rows may differ. A figure of 0 for a linear model, or for one whose trees never ask, is proven
 * for all rows.
 */
import type { Booster } from '../bridge/booster.ts';
import { createForest } from '../bridge/kernel/forest.ts';
import type { ScoringGraph } from '../bridge/onnx/read.ts';

/** Steps of log-odds that float32 sums can make by themselves. */
const NOISE = 1e-5;

export type Direction = 'increasing' | 'decreasing';

/**
 * @param rows row-major, as the model reads them; NaN is missing
 * @param column of a row
 * @returns the share of all movement of the log-odds along the column, over all rows, that goes the
 *   wrong way: 0 where none does, also where nothing moves; 1 where all does
 */
export function reversalOf(
  { booster, linear, signs }: ScoringGraph,
  rows: Float64Array,
  column: number,
  direction: Direction,
): number {
  const sign = direction === 'increasing' ? 1 : -1;
  if (!booster || !signs) return sign * linear!.weights[column]! < 0 ? 1 : 0;
  const values = valuesOf(booster, column);
  const curves = curvesOf(booster, signs, rows, column, values);
  let [wrong, all] = [0, 0];
  for (let at = 0; at < curves.length; at += values.length) {
    for (let i = 1; i < values.length; i++) {
      const step = sign * (curves[at + i]! - curves[at + i - 1]!);
      if (Math.abs(step) < NOISE) continue;
      all += Math.abs(step);
      if (step < 0) wrong -= step;
    }
  }
  return all > 0 ? wrong / all : 0;
}

/** A value below all thresholds of a column, then each threshold: a row goes left where it is less. */
function valuesOf({ trees }: Booster, column: number): number[] {
  const thresholds = new Set<number>();
  for (const { left, feature, threshold } of trees) {
    left.forEach((child, node) => {
      if (child >= 0 && feature[node] === column) thresholds.add(threshold[node]!);
    });
  }
  const sorted = [...thresholds].sort((a, b) => a - b);
  return sorted.length === 0 ? [] : [sorted[0]! - Math.max(1, Math.abs(sorted[0]!)), ...sorted];
}

/** The log-odds of every row at every value, row after row. */
function curvesOf(
  booster: Booster,
  signs: readonly number[],
  rows: Float64Array,
  column: number,
  values: readonly number[],
): Float64Array {
  const { featureCount: width } = booster;
  const count = (rows.length / width) * values.length;
  const moved = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    const row = Math.floor(i / values.length) * width;
    moved.set(rows.subarray(row, row + width), i * width);
    moved[i * width + column] = values[i % values.length]!;
  }
  const margins = new Float32Array(count * signs.length);
  createForest(booster).margins(moved, margins);
  return Float64Array.from({ length: count }, (_, i) =>
    signs.reduce((sum, sign, group) => sum + sign * margins[i * signs.length + group]!, 0),
  );
}
