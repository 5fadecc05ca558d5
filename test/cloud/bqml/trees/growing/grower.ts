import type { Address } from '../kernels/trainer.ts';
import type { GrowingTree, LeafRegularisation } from './growing_tree.ts';

/** Grows one tree from the rows' gradient pairs: a tree method of XGBoost. */
export interface Grower {
  /**
   * `pairs` are float32 (gradient, hessian) a row; (0, 0) leaves a row out. Afterwards `leafOf`
   * (u32 a row) names the node in which each row, left out or not, ended.
   */
  grow(pairs: Address): GrowingTree;
  readonly leafOf: Address;
}

/** What every tree of a training must keep to. */
export interface TreeLimits extends LeafRegularisation {
  readonly maxDepth: number;
}

/** A split must gain more than this: XGBoost's kRtEps. */
export const LEAST_GAIN = Math.fround(1e-6);
