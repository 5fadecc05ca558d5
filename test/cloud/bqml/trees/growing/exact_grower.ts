import type { Arena } from '../kernels/arena.ts';
import type { Address, TrainerKernel } from '../kernels/trainer.ts';
import type { ColumnSampler } from './column_sampler.ts';
import { type Grower, LEAST_GAIN, type TreeLimits } from './grower.ts';
import { type GradientSums, GrowingTree } from './growing_tree.ts';
import type { SortedColumns } from './sorted_columns.ts';

const NODE_BYTES = 64; // see kernels/exact.as.ts
const STATE_BYTES = 24;
const ROUTE_BYTES = 16;

/** What the search knows of one node of the level. */
interface LevelNode {
  readonly id: number;
  readonly sums: GradientSums;
  readonly gain: number;
  readonly feature: number;
  readonly threshold: number;
  readonly missingLeft: boolean;
  readonly left: GradientSums;
}

/**
 * Grows trees level by level, trying every value of every feature: XGBoost's `exact`
 * (kernels/exact.as.ts says how it differs).
 */
export class ExactGrower implements Grower {
  readonly leafOf: Address;
  readonly #kernel: TrainerKernel;
  readonly #arena: Arena;
  readonly #rows: number;
  readonly #sorted: SortedColumns;
  readonly #columns: ColumnSampler;
  readonly #limits: TreeLimits;
  readonly #positions: [current: Address, next: Address]; // i32 a row: its node of the level, or -1

  constructor(
    kernel: TrainerKernel,
    arena: Arena,
    data: { readonly rows: number; readonly sorted: SortedColumns },
    columns: ColumnSampler,
    limits: TreeLimits,
  ) {
    this.#kernel = kernel;
    this.#arena = arena;
    this.#rows = data.rows;
    this.#sorted = data.sorted;
    this.#columns = columns;
    this.#limits = limits;
    this.leafOf = arena.take(4 * data.rows);
    this.#positions = [arena.take(4 * data.rows), arena.take(4 * data.rows)];
  }

  grow(pairs: Address): GrowingTree {
    this.#columns.startTree();
    this.#arena.int32(this.#positions[0], this.#rows).fill(0);
    let ids = [0];
    let tree: GrowingTree | undefined;
    for (let depth = 0; ids.length > 0; depth++) {
      const mark = this.#arena.mark();
      const nodes = this.#search(ids, depth, pairs);
      tree ??= new GrowingTree(this.#limits, nodes[0]!.sums);
      ids = this.#splitLevel(tree, nodes);
      this.#arena.release(mark);
    }
    return tree!;
  }

  // The best split of each node of a level; on the last level, only its sums.
  #search(ids: readonly number[], depth: number, pairs: Address): LevelNode[] {
    const [position] = this.#positions;
    const nodes = this.#arena.take(NODE_BYTES * ids.length);
    this.#kernel.openNodes(nodes, ids.length, position, pairs, this.#rows);
    if (depth < this.#limits.maxDepth) this.#walkColumns(nodes, ids.length, depth, pairs);
    return ids.map((id, i) => this.#read(nodes + NODE_BYTES * i, id));
  }

  #walkColumns(nodes: Address, count: number, depth: number, pairs: Address): void {
    const kernel = this.#kernel;
    const [position] = this.#positions;
    const states = this.#arena.take(STATE_BYTES * count);
    const allowed = Array.from({ length: count }, () => new Set(this.#columns.forNode(depth)));
    for (const feature of this.#columns.tree) {
      const { values, rows, length } = this.#sorted[feature]!;
      allowed.forEach((features, i) => {
        kernel.allow(nodes, i, Number(features.has(feature)));
      });
      const walk = (up: number) =>
        kernel.walkColumn(values, rows, length, feature, up, position, pairs, nodes, states, count);
      if (length < this.#rows && !this.#constant(feature)) walk(1);
      walk(0);
    }
  }

  // Walking up differs from walking down only in where missing values go (ColMaker's
  // NeedForwardSearch); a column of one value parts from the missing ones either way.
  #constant(feature: number): boolean {
    const { values, length } = this.#sorted[feature]!;
    const all = this.#arena.float32(values, length);
    return all[0] === all[length - 1];
  }

  #read(node: Address, id: number): LevelNode {
    const [gradient, hessian] = this.#arena.float64(node, 2);
    const [gain, , threshold] = this.#arena.float32(node + 16, 3);
    const [, feature, , missingLeft] = this.#arena.int32(node + 16, 4);
    const [leftGradient, leftHessian] = this.#arena.float64(node + 32, 2);
    return {
      id,
      sums: { gradient: gradient!, hessian: hessian! },
      gain: gain!,
      feature: feature!,
      threshold: threshold!,
      missingLeft: missingLeft === 1,
      left: { gradient: leftGradient!, hessian: leftHessian! },
    };
  }

  // Splits the nodes that gain by it, moves the rows down, and answers the ids of the next level.
  #splitLevel(tree: GrowingTree, nodes: readonly LevelNode[]): number[] {
    const next: number[] = [];
    const routes = this.#arena.take(ROUTE_BYTES * nodes.length);
    const used = new Set<number>();
    for (const [i, node] of nodes.entries()) {
      const route = routes + ROUTE_BYTES * i;
      if (!(node.gain > LEAST_GAIN)) {
        this.#arena.int32(route, 4).set([-1, 0, node.id, 0]);
        continue;
      }
      const { feature, threshold, missingLeft, gain, left, sums } = node;
      const right = {
        gradient: sums.gradient - left.gradient,
        hessian: sums.hessian - left.hessian,
      };
      const child = tree.split(
        node.id,
        { feature, threshold, defaultLeft: missingLeft, gain },
        left,
        right,
      );
      this.#arena.int32(route, 4).set([feature, 0, next.length, Number(missingLeft)]);
      this.#arena.float32(route + 4, 1)[0] = threshold;
      next.push(child, child + 1);
      used.add(feature);
    }
    this.#moveRows(routes, used);
    return next;
  }

  #moveRows(routes: Address, features: ReadonlySet<number>): void {
    const [position, next] = this.#positions;
    this.#kernel.routeMissing(position, next, this.#rows, routes, this.leafOf);
    for (const feature of features) {
      const { values, rows, length } = this.#sorted[feature]!;
      this.#kernel.routeColumn(values, rows, length, feature, position, next, routes);
    }
    this.#positions.reverse();
  }
}
