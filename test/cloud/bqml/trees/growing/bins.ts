import type { Arena } from '../kernels/arena.ts';
import type { Address, TrainerKernel } from '../kernels/trainer.ts';
import { cutsOf, type FeatureCuts } from './cuts.ts';
import type { SortedColumns } from './sorted_columns.ts';

const LANES = 8; // features in a block
const SLOT_BYTES = 16;
const ROW_BYTES = 2 * LANES; // codes of a row in a block
const BLOCK_SLOTS = 2 ** 16 / SLOT_BYTES; // a code is a u16 offset in bytes
const EXTRA_SLOTS = 3; // of a feature: the infinities and the missing value

// What `survey` finds in a column.
const MISSING = 1;
const PLUS_INFINITY = 2;
const MINUS_INFINITY = 4;

/** The most bins that a feature may be given. */
export const MOST_BINS = BLOCK_SLOTS - LANES - EXTRA_SLOTS;

/** Where a feature's codes and slots are, and what its bins mean. */
export interface BinnedFeature extends FeatureCuts {
  readonly block: number;
  /** 0..7: which u16 of the block's row. */
  readonly lane: number;
  /** Code of the first bin. */
  readonly firstCode: number;
}

/** The code of a bin; the missing value's for the bin after the last, one below all for bin -1. */
export function codeOf(feature: BinnedFeature, bin: number): number {
  return feature.firstCode + SLOT_BYTES * bin;
}

/** Rows as codes, eight features a block (see kernels/histogram.as.ts), in a kernel's memory. */
export class Bins {
  readonly rows: number;
  readonly featureCount: number;
  readonly blocks: number;
  /** Bytes of a histogram, and the offset of each block in it. */
  histogramBytes = 0;
  readonly blockOffsets: number[] = [];
  /** What `bestSplit` reads of each feature: u32 offset of its slots, bins, bins to split after, 0. */
  readonly layout: Address;
  readonly features: BinnedFeature[] = [];
  /** Whether any value at all is missing. */
  anyMissing = false;

  readonly #kernel: TrainerKernel;
  readonly #arena: Arena;
  readonly #codes: Address;
  readonly #cuts: Address;
  readonly #perBlock: number;
  readonly #maxBins: number;

  constructor(
    kernel: TrainerKernel,
    arena: Arena,
    shape: { rows: number; features: number; maxBins: number },
  ) {
    const { rows, features, maxBins } = shape;
    this.#kernel = kernel;
    this.#arena = arena;
    this.#maxBins = maxBins;
    this.#perBlock = Math.min(LANES, Math.floor((BLOCK_SLOTS - LANES) / (maxBins + EXTRA_SLOTS)));
    this.featureCount = features;
    this.rows = rows;
    this.blocks = Math.ceil(features / this.#perBlock);
    this.#codes = arena.take(this.blocks * ROW_BYTES * rows);
    this.#cuts = arena.take(4 * (maxBins + EXTRA_SLOTS));
    this.layout = arena.take(SLOT_BYTES * features);
  }

  /** Where a block's codes begin, 16 bytes a row. */
  codes(block: number): Address {
    return this.#codes + block * ROW_BYTES * this.rows;
  }

  /** Bins columns by their own quantiles, rows weighing `weights` (0: alike): the `hist` way. */
  binColumns(columns: readonly Float32Array[], weights: Address): void {
    const { rows } = this;
    const mark = this.#arena.mark();
    const values = this.#arena.take(4 * rows);
    const work = this.#arena.take(this.#kernel.sketchBytes(rows, this.#maxBins));
    const quantiles = this.#arena.take(4 * (this.#maxBins + 1));
    this.#begin();
    for (const column of columns) {
      this.#arena.float32(values, rows).set(column);
      const count = this.#kernel.quantiles(values, weights, rows, this.#maxBins, work, quantiles);
      const found = this.#kernel.survey(values, rows);
      const { cuts, firstCode, block, lane } = this.#place(quantiles, count, found);
      const codes = this.codes(block) + 2 * lane;
      this.#kernel.encode(values, rows, this.#cuts, cuts.length, firstCode, codes);
    }
    this.#arena.release(mark);
  }

  /** Bins sorted columns by quantiles of the hessian, as of one tree's pairs: the `approx` way. */
  binSortedColumns(columns: SortedColumns, pairs: Address): void {
    const { rows } = this;
    const mark = this.#arena.mark();
    const quantiles = this.#arena.take(4 * (this.#maxBins + 1));
    this.#begin();
    const kernel = this.#kernel;
    for (const { values, rows: order, length, found } of columns) {
      const most = this.#maxBins;
      const count = kernel.sortedQuantiles(values, order, length, pairs, most, quantiles);
      const feature = this.#place(quantiles, count, found);
      const { cuts, firstCode, block, lane } = feature;
      const codes = this.codes(block) + 2 * lane;
      kernel.fillLane(codes, rows, codeOf(feature, cuts.length));
      kernel.encodeSorted(values, order, length, this.#cuts, cuts.length, firstCode, codes);
    }
    this.#arena.release(mark);
  }

  #begin(): void {
    this.features.length = 0;
    this.blockOffsets.length = 0;
    this.histogramBytes = 0;
    this.anyMissing = false;
  }

  // Lays the next feature's slots behind those of the feature before it.
  #place(quantiles: Address, count: number, found: number): BinnedFeature {
    const index = this.features.length;
    const { cuts, below } = cutsOf(this.#arena.float32(quantiles, count), this.#maxBins, {
      plusInfinity: (found & PLUS_INFINITY) !== 0,
      minusInfinity: (found & MINUS_INFINITY) !== 0,
    });
    this.anyMissing ||= (found & MISSING) !== 0;
    const block = Math.floor(index / this.#perBlock);
    const lane = index % this.#perBlock;
    const offset = this.histogramBytes;
    if (lane === 0) this.blockOffsets.push(offset);
    const feature = { cuts, below, block, lane, firstCode: offset - this.blockOffsets[block]! };
    this.features.push(feature);
    this.histogramBytes += SLOT_BYTES * (cuts.length + 1);
    const splittable = cuts.length - Number((found & PLUS_INFINITY) !== 0);
    const layout = [offset, cuts.length, splittable, 0];
    this.#arena.uint32(this.layout + SLOT_BYTES * index, layout.length).set(layout);
    this.#arena.float32(this.#cuts, cuts.length).set(cuts);
    const isLast = lane === this.#perBlock - 1 || index === this.featureCount - 1;
    if (isLast) this.#layIdleLanes(block, lane + 1);
    return feature;
  }

  // A block has eight lanes in any case. Each idle one gets a slot of its own, which nobody reads.
  #layIdleLanes(block: number, first: number): void {
    for (let lane = first; lane < LANES; lane++) {
      const code = this.histogramBytes - this.blockOffsets[block]!;
      this.#kernel.fillLane(this.codes(block) + 2 * lane, this.rows, code);
      this.histogramBytes += SLOT_BYTES;
    }
  }
}
