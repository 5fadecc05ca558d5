/**
 * A gradient-boosted ensemble as XGBoost means it, in flat arrays, whatever file it came from.
 *
 * A row goes left where `Math.fround(x) < threshold`, right where not, and where `defaultLeft`
 * says if x is missing (NaN). The margin of a group is the float32 sum of its trees' leaf values
 * in tree order and its base margin, which `sumsFromBase` puts first or last.
 */
export interface Booster {
  /** XGBoost's name of the loss: `multi:softprob`, `binary:logistic`, `reg:linear`, … */
  readonly objective: string;
  /** The version of XGBoost that the file names; 0.0 before 1.0. */
  readonly version: readonly [major: number, minor: number];
  /** Width of the row that the trees read. */
  readonly featureCount: number;
  /** Output groups: one a class for `multi:*`, otherwise 1. */
  readonly groupCount: number;
  /** What is added to the margin of each group, in margin space. */
  readonly baseMargins: Float32Array;
  readonly trees: readonly Tree[];
  /** What training wrote down, e.g. `best_iteration`. */
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * Whether float32 sums begin with the base margin, as in XGBoost since 1.3 (its cpu_predictor by
 * blocks of rows); before, they begin at 0 and the base margin is added last.
 */
export const sumsFromBase = ({ version: [major, minor] }: Pick<Booster, 'version'>): boolean =>
  major > 1 || (major === 1 && minor >= 3);

/** The base margins of groups that share one. */
export const sameMargins = (groupCount: number, margin: number): Float32Array =>
  new Float32Array(groupCount).fill(margin);

/** One tree; node 0 is the root. All arrays have one entry a node. */
export interface Tree {
  /** The output group that this tree adds to. */
  readonly group: number;
  /** Index of the left and the right child; -1 at a leaf. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Column that a split reads; 0 at a leaf. */
  readonly feature: Uint32Array;
  /** float32 threshold of a split; 0 at a leaf. */
  readonly threshold: Float32Array;
  /** 1 where a missing value goes left. */
  readonly defaultLeft: Uint8Array;
  /** Leaf value; 0 at a split. */
  readonly value: Float32Array;
  /** Loss reduction of a split; 0 at a leaf. */
  readonly gain: Float32Array;
  /** Sum of the training rows' hessians that reached the node: SHAP's cover. */
  readonly cover: Float32Array;
}
