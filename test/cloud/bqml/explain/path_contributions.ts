/**
 * XGBoost's approx_contribs: each split on a row's path is credited with the change of the mean
 * value that it brings (Saabas 2014, "Interpreting random forests"). Adds up to the margin as
 * TreeSHAP does, but credits the splits near the leaves too much.
 */
import type { Booster, Tree } from '../../../../shared/bridge/booster.ts';
import type { TreeExplainer } from '../../../../shared/explain/tree_shap.ts';

/** @param signs sign of each tree group in the explained margin */
export function createPathExplainer(booster: Booster, signs: readonly number[]): TreeExplainer {
  const trees = booster.trees.map((tree) => ({ tree, means: meansOf(tree) }));
  const base = signs.reduce((sum, sign, k) => sum + sign * booster.baseMargins[k]!, 0);
  return {
    baseline: trees.reduce((sum, { tree, means }) => sum + signs[tree.group]! * means[0]!, base),
    explain(row, contributions) {
      contributions.fill(0);
      for (const { tree, means } of trees)
        walk(tree, means, row, signs[tree.group]!, contributions);
    },
  };
}

function walk(
  tree: Tree,
  means: Float64Array,
  row: Float32Array,
  sign: number,
  contributions: Float64Array,
): void {
  let node = 0;
  while (tree.left[node]! >= 0) {
    const feature = tree.feature[node]!;
    const value = row[feature]!;
    const left = Number.isNaN(value) ? tree.defaultLeft[node] === 1 : value < tree.threshold[node]!;
    const child = left ? tree.left[node]! : tree.right[node]!;
    contributions[feature]! += sign * (means[child]! - means[node]!);
    node = child;
  }
}

/** The mean leaf value below each node, weighted by cover. */
function meansOf(tree: Tree): Float64Array {
  const means = new Float64Array(tree.left.length);
  const fill = (node: number): number => {
    const [left, right] = [tree.left[node]!, tree.right[node]!];
    if (left < 0) means[node] = tree.value[node]!;
    else {
      const [a, b] = [tree.cover[left]!, tree.cover[right]!];
      const [x, y] = [fill(left), fill(right)];
      means[node] = a + b > 0 ? (a * x + b * y) / (a + b) : (x + y) / 2;
    }
    return means[node]!;
  };
  fill(0);
  return means;
}
