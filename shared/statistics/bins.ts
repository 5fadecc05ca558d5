/** Numbers by the bins that they fall into. */
import { quantile } from './bootstrap.ts';

/**
 * Edges that part a sample into bins of about equal numbers. Where values repeat there are fewer;
 * each edge belongs to the bin above it, and the outer bins are open.
 */
export function quantileEdges(sample: Float64Array, bins: number): number[] {
  const sorted = sample.toSorted();
  const edges = Array.from({ length: bins - 1 }, (_, i) => quantile(sorted, (i + 1) / bins));
  return [...new Set(edges)].filter((edge) => edge > sorted[0]!);
}

/** How many are in each bin, one more than there are edges. @param edges ascending */
export function countBins(values: Float64Array, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) counts[binOf(value, edges)]! += 1;
  return counts;
}

/** How many edges a value reaches. */
export function binOf(value: number, edges: readonly number[]): number {
  const above = edges.findIndex((edge) => value < edge);
  return above < 0 ? edges.length : above;
}
