import type { Arena } from '../kernels/arena.ts';
import type { Address, TrainerKernel } from '../kernels/trainer.ts';
import type { TrainingOptions } from '../options.ts';
import { Bins } from './bins.ts';
import type { ColumnSampler } from './column_sampler.ts';
import { ExactGrower } from './exact_grower.ts';
import type { Grower, TreeLimits } from './grower.ts';
import type { GrowingTree } from './growing_tree.ts';
import { HistogramGrower } from './histogram_grower.ts';
import { type SortedColumns, sortColumns } from './sorted_columns.ts';

/** What trees are grown from. */
export interface GrowerInput {
  readonly kernel: TrainerKernel;
  readonly arena: Arena;
  readonly columns: readonly Float32Array[];
  /** float32 a row; 0 where all weigh 1. */
  readonly weights: Address;
  readonly hasConstantHessian: boolean;
  readonly sampler: ColumnSampler;
}

/** Makes what grows trees by the method that the options name. */
export function createGrower(input: GrowerInput, options: TrainingOptions): Grower {
  const { kernel, arena, columns, sampler, weights, hasConstantHessian } = input;
  const rows = columns[0]!.length;
  const limits: TreeLimits = {
    maxDepth: options.maxTreeDepth,
    minChildWeight: Math.fround(options.minTreeChildWeight),
    l1: Math.fround(options.l1Reg),
    l2: Math.fround(options.l2Reg),
  };
  kernel.setRegularisation(limits.minChildWeight, limits.l1, limits.l2);
  if (options.treeMethod === 'EXACT') {
    const sorted = sortColumns(kernel, arena, columns);
    return new ExactGrower(kernel, arena, { rows, sorted }, sampler, limits);
  }
  const shape = { rows, features: columns.length, maxBins: options.maxBins };
  const bins = new Bins(kernel, arena, shape);
  const grower = new HistogramGrower(kernel, arena, bins, sampler, limits);
  // Quantiles by a hessian that never changes are quantiles by weight, once for all.
  if (options.treeMethod === 'APPROX' && !hasConstantHessian) {
    return new ApproxGrower(grower, bins, sortColumns(kernel, arena, columns));
  }
  bins.binColumns(columns, weights);
  return grower;
}

/** XGBoost's `approx`: `hist` with new bins for each tree, by quantiles of its hessians. */
class ApproxGrower implements Grower {
  readonly #grower: Grower;
  readonly #bins: Bins;
  readonly #sorted: SortedColumns;

  constructor(grower: Grower, bins: Bins, sorted: SortedColumns) {
    this.#grower = grower;
    this.#bins = bins;
    this.#sorted = sorted;
  }

  get leafOf(): Address {
    return this.#grower.leafOf;
  }

  grow(pairs: Address): GrowingTree {
    this.#bins.binSortedColumns(this.#sorted, pairs);
    return this.#grower.grow(pairs);
  }
}
