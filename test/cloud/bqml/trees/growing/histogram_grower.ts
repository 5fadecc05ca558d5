import type { Arena } from '../kernels/arena.ts';
import type { Address, TrainerKernel } from '../kernels/trainer.ts';
import type { Bins } from './bins.ts';
import type { ColumnSampler } from './column_sampler.ts';
import { type Grower, LEAST_GAIN, type TreeLimits } from './grower.ts';
import { type GradientSums, GrowingTree } from './growing_tree.ts';
import { type NodeRows, type Parting, RowKeeper } from './node_rows.ts';

interface Node {
  readonly id: number;
  readonly depth: number;
  readonly sums: GradientSums;
  readonly rows: NodeRows;
}

interface FoundSplit extends Parting {
  readonly gain: number;
  readonly left: GradientSums;
  readonly right: GradientSums;
}

const FOUND_BYTES = 48; // what bestSplit writes: see kernels/histogram.as.ts

/**
 * Grows trees from histograms of binned features, as XGBoost's `hist` does: of two children only
 * the one with the lesser hessian is counted, the other is what the parent has more.
 *
 * Unlike XGBoost it goes depth first, so that few histograms are alive at a time whatever the
 * depth, and what it touches is still in the cache.
 */
export class HistogramGrower implements Grower {
  readonly #kernel: TrainerKernel;
  readonly #arena: Arena;
  readonly #bins: Bins;
  readonly #rows: RowKeeper;
  readonly #columns: ColumnSampler;
  readonly #limits: TreeLimits;
  readonly #features: Address;
  readonly #found: Address;
  #blocks: number[] = []; // that the current tree's features are in
  #tree!: GrowingTree;

  constructor(
    kernel: TrainerKernel,
    arena: Arena,
    bins: Bins,
    columns: ColumnSampler,
    limits: TreeLimits,
  ) {
    this.#kernel = kernel;
    this.#arena = arena;
    this.#bins = bins;
    this.#rows = new RowKeeper(kernel, arena, bins);
    this.#columns = columns;
    this.#limits = limits;
    this.#features = arena.take(4 * bins.featureCount);
    this.#found = arena.take(FOUND_BYTES);
  }

  get leafOf(): Address {
    return this.#rows.leafOf;
  }

  grow(pairs: Address): GrowingTree {
    const mark = this.#arena.mark();
    this.#columns.startTree();
    const blockOf = (feature: number) => this.#bins.features[feature]!.block;
    this.#blocks = [...new Set(Array.from(this.#columns.tree, blockOf))];
    const rows = this.#rows.all(pairs);
    const histogram = this.#countInto(rows);
    const sums = this.#rootSums(pairs, histogram);
    this.#tree = new GrowingTree(this.#limits, sums);
    this.#expand({ id: 0, depth: 0, sums, rows }, histogram);
    this.#arena.release(mark);
    return this.#tree;
  }

  #countInto(rows: NodeRows): Address {
    const { histogramBytes } = this.#bins;
    const histogram = this.#arena.take(histogramBytes);
    this.#arena.bytes(histogram, histogramBytes).fill(0);
    this.#rows.count(rows, this.#blocks, histogram);
    return histogram;
  }

  // XGBoost adds up the rows, or the bins of the first feature where no value is missing.
  #rootSums(pairs: Address, histogram: Address): GradientSums {
    const { anyMissing, features, rows } = this.#bins;
    if (anyMissing || !this.#blocks.includes(0)) this.#kernel.sumPairs(pairs, rows, this.#found);
    else this.#kernel.sumSlots(histogram, features[0]!.cuts.length, this.#found);
    return this.#sumsAt(this.#found);
  }

  #sumsAt(address: Address): GradientSums {
    const [gradient, hessian] = this.#arena.float64(address, 2);
    return { gradient: gradient!, hessian: hessian! };
  }

  // Splits a node, and its children in turn, as far as they can be. The histogram is used up.
  #expand(node: Node, histogram: Address): void {
    const found = this.#maySplit(node) ? this.#search(node, histogram) : undefined;
    if (found === undefined) {
      this.#rows.end(node.rows, node.id);
      return;
    }
    const depth = node.depth + 1;
    const id = this.#split(node.id, found);
    // Whether they could be split with all rows of this node; that is known before parting them.
    const children = [found.left, found.right].map((sums) => ({ depth, sums, rows: node.rows }));
    if (!children.some((child) => this.#maySplit(child))) {
      this.#rows.endParted(node.rows, found, id);
      return;
    }
    const [left, right] = this.#rows.part(node.rows, found);
    this.#expandBoth(
      { id, depth, sums: found.left, rows: left },
      { id: id + 1, depth, sums: found.right, rows: right },
      histogram,
    );
  }

  #expandBoth(left: Node, right: Node, histogram: Address): void {
    const rightIsLess = right.sums.hessian < left.sums.hessian;
    const [lesser, greater] = rightIsLess ? [right, left] : [left, right];
    const mark = this.#arena.mark();
    const together = this.#together(lesser);
    const counted = this.#countInto(together.rows);
    this.#kernel.subtract(histogram, counted, this.#bins.histogramBytes);
    this.#expand(together, counted);
    this.#arena.release(mark);
    this.#expand(this.#together(greater), histogram);
    this.#arena.release(mark);
  }

  #together(node: Node): Node {
    return { ...node, rows: this.#rows.together(node.rows, this.#blocks) };
  }

  // Both children of a split need the least hessian, and a row.
  #maySplit({ depth, sums, rows }: Omit<Node, 'id'>): boolean {
    const { maxDepth, minChildWeight } = this.#limits;
    return depth < maxDepth && rows.count > 1 && sums.hessian >= 2 * minChildWeight * (1 - 1e-9);
  }

  #search({ depth, sums }: Node, histogram: Address): FoundSplit | undefined {
    const { gradient, hessian } = sums;
    const features = this.#columns.forNode(depth);
    const out = this.#found;
    const count = features.length;
    this.#arena.uint32(this.#features, count).set(features);
    this.#kernel.bestSplit(
      histogram,
      this.#features,
      count,
      this.#bins.layout,
      gradient,
      hessian,
      out,
    );
    const gain = this.#arena.float32(out, 1)[0]!;
    if (!(gain > LEAST_GAIN)) return undefined;
    const [, feature, bin, down] = this.#arena.int32(out, 4);
    return {
      gain,
      feature: feature!,
      bin: down === 1 ? bin! : bin! + 1,
      missingLeft: down === 1,
      left: this.#sumsAt(out + 16),
      right: this.#sumsAt(out + 32),
    };
  }

  #split(node: number, { feature, bin, missingLeft, gain, left, right }: FoundSplit): number {
    const { cuts, below } = this.#bins.features[feature]!;
    const threshold = bin === 0 ? below : cuts[bin - 1]!;
    return this.#tree.split(
      node,
      { feature, threshold, defaultLeft: missingLeft, gain },
      left,
      right,
    );
  }
}
