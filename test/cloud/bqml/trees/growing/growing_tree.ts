import type { Tree } from '../../../../../shared/bridge/booster.ts';

/** XGBoost's regularisation of leaves, each a float32 as it holds them. */
export interface LeafRegularisation {
  readonly minChildWeight: number;
  readonly l1: number;
  readonly l2: number;
}

/** Sums over a node's rows. */
export interface GradientSums {
  readonly gradient: number;
  readonly hessian: number;
}

/** How a node sends its rows on: below the threshold to the left. */
export interface Split {
  readonly feature: number;
  readonly threshold: number;
  readonly defaultLeft: boolean;
  /** Loss reduction. */
  readonly gain: number;
}

/**
 * A node's weight as a leaf, before the learning rate: -ThresholdL1(G) / (H + lambda), 0 where the
 * hessian is too small. float32. Source: CalcWeight in XGBoost's src/tree/param.h.
 */
export function leafWeight(
  { gradient, hessian }: GradientSums,
  { minChildWeight, l1, l2 }: LeafRegularisation,
): number {
  if (hessian < minChildWeight || hessian <= 0) return 0;
  const kept = Math.max(Math.abs(gradient) - l1, 0) * Math.sign(gradient);
  return Math.fround(-kept / (hessian + l2));
}

/** A tree while it grows. Nodes are numbered as they are made, two children at a time. */
export class GrowingTree {
  readonly #regularisation: LeafRegularisation;
  readonly #left: number[] = []; // -1: never split
  readonly #split: (Split | undefined)[] = [];
  readonly #weight: number[] = [];
  readonly #cover: number[] = [];
  readonly #pruned = new Set<number>();

  constructor(regularisation: LeafRegularisation, root: GradientSums) {
    this.#regularisation = regularisation;
    this.#add(root);
  }

  /** Splits a leaf; answers the id of its left child, and the right child's is the next. */
  split(node: number, split: Split, left: GradientSums, right: GradientSums): number {
    const child = this.#left.length;
    this.#split[node] = split;
    this.#left[node] = child;
    this.#add(left);
    this.#add(right);
    return child;
  }

  #add(sums: GradientSums): void {
    this.#left.push(-1);
    this.#split.push(undefined);
    this.#weight.push(leafWeight(sums, this.#regularisation));
    this.#cover.push(sums.hessian);
  }

  /**
   * Undoes splits into two leaves that gain less than `minSplitLoss`, from the leaves up: XGBoost's
   * TreePruner, which its `exact` has always run, and its `hist` and `approx` until 1.6.
   */
  prune(minSplitLoss: number): void {
    for (let node = this.#left.length - 1; node >= 0; node--) {
      const left = this.#left[node]!;
      if (left < 0 || !this.#isLeaf(left) || !this.#isLeaf(left + 1)) continue;
      if (this.#split[node]!.gain < minSplitLoss) this.#pruned.add(node);
    }
  }

  #isLeaf(node: number): boolean {
    return this.#left[node]! < 0 || this.#pruned.has(node);
  }

  #value(node: number, learnRate: number): number {
    return Math.fround(this.#weight[node]! * learnRate);
  }

  /** For each node, pruned ones included, the value that it gives to the rows which ended there. */
  values(learnRate: number): Float32Array {
    const values = new Float32Array(this.#left.length);
    const visit = (node: number, leafAbove: number) => {
      const leaf = leafAbove < 0 && this.#isLeaf(node) ? node : leafAbove;
      values[node] = this.#value(leaf < 0 ? node : leaf, learnRate);
      const left = this.#left[node]!;
      if (left < 0) return;
      visit(left, leaf);
      visit(left + 1, leaf);
    };
    visit(0, -1);
    return values;
  }

  /** The tree without what was pruned, nodes numbered level by level as XGBoost numbers them. */
  finish(group: number, learnRate: number): Tree {
    const order = this.#breadthFirst();
    const number = new Map(order.map((node, i) => [node, i]));
    const child = (node: number, side: 0 | 1) =>
      this.#isLeaf(node) ? -1 : number.get(this.#left[node]! + side)!;
    const ofSplit = (node: number, field: (split: Split) => number) =>
      this.#isLeaf(node) ? 0 : field(this.#split[node]!);
    return {
      group,
      left: Int32Array.from(order, (node) => child(node, 0)),
      right: Int32Array.from(order, (node) => child(node, 1)),
      feature: Uint32Array.from(order, (node) => ofSplit(node, (split) => split.feature)),
      threshold: Float32Array.from(order, (node) => ofSplit(node, (split) => split.threshold)),
      defaultLeft: Uint8Array.from(order, (node) => ofSplit(node, (s) => Number(s.defaultLeft))),
      value: Float32Array.from(order, (node) =>
        this.#isLeaf(node) ? this.#value(node, learnRate) : 0,
      ),
      gain: Float32Array.from(order, (node) => ofSplit(node, (split) => split.gain)),
      cover: Float32Array.from(order, (node) => this.#cover[node]!),
    };
  }

  #breadthFirst(): number[] {
    const order = [0];
    for (const node of order) {
      // grows while it is walked
      if (!this.#isLeaf(node)) order.push(this.#left[node]!, this.#left[node]! + 1);
    }
    return order;
  }
}
