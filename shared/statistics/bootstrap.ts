/** How sure a figure is: what it would have been of other draws of as many rows (Efron 1979). */
import { seededRandom } from './random.ts';

export type Interval = readonly [low: number, high: number];

export interface BootstrapOptions {
  readonly replicates?: number;
  /** The same seed gives the same draws, and so the same intervals. */
  readonly seed?: number;
  /** Share of replicates that an interval holds. */
  readonly level?: number;
}

/** Of more replicates than this share a figure must be a number, or nothing is said of it. */
const FEWEST_NUMBERS = 0.95;

/**
 * Percentile intervals of figures, all of the same draws: a difference of two models is paired when
 * it is one of the figures.
 * @param rows how many there are to draw from
 * @param figures of a draw, given how often each row came
 * @returns null for a figure that hardly a draw has
 */
export function bootstrap<Name extends string>(
  rows: number,
  figures: (counts: Uint16Array) => Readonly<Record<Name, number>>,
  { replicates = 500, seed = 1, level = 0.95 }: BootstrapOptions = {},
): Record<Name, Interval | null> {
  const random = seededRandom(seed);
  const drawn = new Map<Name, number[]>();
  const counts = new Uint16Array(rows);
  for (let replicate = 0; replicate < replicates; replicate++) {
    counts.fill(0);
    for (let i = 0; i < rows; i++) counts[Math.floor(random() * rows)]! += 1;
    for (const [name, figure] of Object.entries(figures(counts)) as [Name, number][]) {
      const kept = drawn.get(name) ?? [];
      if (Number.isFinite(figure)) kept.push(figure);
      drawn.set(name, kept);
    }
  }
  return Object.fromEntries(
    [...drawn].map(([name, kept]) => [
      name,
      kept.length < FEWEST_NUMBERS * replicates ? null : percentiles(kept, level),
    ]),
  ) as Record<Name, Interval | null>;
}

function percentiles(figures: readonly number[], level: number): Interval {
  const sorted = Float64Array.from(figures).sort();
  return [quantile(sorted, (1 - level) / 2), quantile(sorted, (1 + level) / 2)];
}

/** Between neighbours in a straight line (Hyndman and Fan 1996, type 7). @param sorted ascending, not empty */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (at - below) * (high - low);
}
