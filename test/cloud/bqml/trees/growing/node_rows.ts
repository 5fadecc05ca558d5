import type { Arena } from '../kernels/arena.ts';
import type { Address, TrainerKernel } from '../kernels/trainer.ts';
import { type Bins, codeOf } from './bins.ts';

/** Rows whose codes lie next to each other: all of the data, or a copy for one subtree. */
interface Slab {
  readonly rows: number;
  readonly codes: (block: number) => Address;
  readonly pairs: Address;
  /** u32 a row: its row in the data; 0 where the slab is the data. */
  readonly origin: Address;
}

/** The rows of a node, ascending. */
export interface NodeRows {
  readonly slab: Slab;
  /** u32 a row: its place in the slab. */
  readonly at: Address;
  readonly count: number;
}

/** How a split parts the rows of a node: bins before `bin` go left, missing values where it says. */
export interface Parting {
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
}

const BLOCK_ROW_BYTES = 16;
const SPARSE = 4; // see `together`
const FEW_ROWS = 512;

/** Keeps track of which rows are in which node of the tree that grows. */
export class RowKeeper {
  /** u32 a row of the data: the node in which it ended. */
  readonly leafOf: Address;
  readonly #kernel: TrainerKernel;
  readonly #arena: Arena;
  readonly #bins: Bins;
  readonly #order: Address;
  readonly #spare: Address;

  constructor(kernel: TrainerKernel, arena: Arena, bins: Bins) {
    this.#kernel = kernel;
    this.#arena = arena;
    this.#bins = bins;
    this.leafOf = arena.take(4 * bins.rows);
    this.#order = arena.take(4 * bins.rows);
    this.#spare = arena.take(4 * bins.rows);
  }

  /** All rows of the data, with their pairs (gradient, hessian). */
  all(pairs: Address): NodeRows {
    const count = this.#bins.rows;
    this.#kernel.iota(this.#order, count);
    const codes = (block: number) => this.#bins.codes(block);
    return { slab: { rows: count, codes, pairs, origin: 0 }, at: this.#order, count };
  }

  /** Adds rows to a histogram, block by block. */
  count({ slab, at, count }: NodeRows, blocks: readonly number[], histogram: Address): void {
    for (const block of blocks) {
      const out = histogram + this.#bins.blockOffsets[block]!;
      const codes = slab.codes(block);
      if (count === slab.rows) this.#kernel.addAllRows(codes, slab.pairs, count, out);
      else this.#kernel.addRows(codes, slab.pairs, at, count, out);
    }
  }

  /** Reorders the rows of a node: those that go left, then those that go right. */
  part({ slab, at, count }: NodeRows, parting: Parting): [left: NodeRows, right: NodeRows] {
    const { lane, split, missing, missingLeft } = this.#codes(slab, parting);
    const left = this.#kernel.partition(at, count, lane, split, missing, missingLeft, this.#spare);
    return [
      { slab, at, count: left },
      { slab, at: at + 4 * left, count: count - left },
    ];
  }

  /** Notes that all rows of a node end in a leaf. */
  end({ slab, at, count }: NodeRows, leaf: number): void {
    this.#kernel.markLeaf(at, count, slab.origin, this.leafOf, leaf);
  }

  /** Notes that the rows of a node end in two leaves, `left` and the next. */
  endParted({ slab, at, count }: NodeRows, parting: Parting, left: number): void {
    const { lane, split, missing, missingLeft } = this.#codes(slab, parting);
    const { origin } = slab;
    const { leafOf } = this;
    this.#kernel.markLeaves(at, count, lane, split, missing, missingLeft, origin, leafOf, left);
  }

  #codes(slab: Slab, { feature, bin, missingLeft }: Parting) {
    const binned = this.#bins.features[feature]!;
    return {
      lane: slab.codes(binned.block) + 2 * binned.lane,
      split: codeOf(binned, bin - 1),
      missing: codeOf(binned, binned.cuts.length),
      missingLeft: Number(missingLeft),
    };
  }

  /**
   * Copies a node's rows together, into a slab of their own, if they are few among many: reading
   * scattered rows again and again would cost more. Takes memory that the caller gives back.
   */
  together(rows: NodeRows, blocks: readonly number[]): NodeRows {
    const { slab, at, count } = rows;
    if (count * SPARSE > slab.rows || count < FEW_ROWS) return rows;
    const kernel = this.#kernel;
    const order = this.#arena.take(4 * count);
    const origin = this.#arena.take(4 * count);
    const pairs = this.#arena.take(8 * count);
    kernel.gatherOrigins(slab.origin, at, count, origin);
    kernel.gatherPairs(slab.pairs, at, count, pairs);
    const copies = new Map<number, Address>();
    for (const block of blocks) {
      const copy = this.#arena.take(BLOCK_ROW_BYTES * count);
      kernel.gatherCodes(slab.codes(block), at, count, copy);
      copies.set(block, copy);
    }
    kernel.iota(order, count);
    const codes = (block: number) => copies.get(block)!;
    return { slab: { rows: count, codes, pairs, origin }, at: order, count };
  }
}
