import { type Booster, sumsFromBase, type Tree } from './booster.ts';

/**
 * Margins of one row, one a group, in XGBoost's own float32 arithmetic: leaf values summed
 * in tree order. The reference that faster evaluators are held to.
 *
 * @param row `booster.featureCount` numbers; NaN is missing
 */
export function marginsOf(booster: Booster, row: Float32Array): Float32Array {
  const baseFirst = sumsFromBase(booster);
  const margins = new Float32Array(booster.groupCount);
  if (baseFirst) margins.set(booster.baseMargins);
  for (const tree of booster.trees) margins[tree.group]! += tree.value[leafOf(tree, row)]!;
  if (baseFirst) return margins;
  return margins.map((margin, k) => margin + booster.baseMargins[k]!);
}

/** The node at which a row ends. */
export function leafOf(tree: Tree, row: Float32Array): number {
  let node = 0;
  while (tree.left[node]! >= 0) {
    const value = row[tree.feature[node]!]!;
    const goesLeft = Number.isNaN(value)
      ? tree.defaultLeft[node] === 1
      : value < tree.threshold[node]!;
    node = goesLeft ? tree.left[node]! : tree.right[node]!;
  }
  return node;
}

/** Probabilities of margins as XGBoost's softmax makes them: float32, shifted by the largest. */
export function softmax(margins: Float32Array): Float32Array {
  const largest = margins.reduce((a, b) => Math.max(a, b), -Infinity);
  const exponentials = margins.map((margin) => Math.exp(Math.fround(margin - largest)));
  let sum = 0;
  for (const exponential of exponentials) sum += exponential;
  return exponentials.map((exponential) => Math.fround(exponential / Math.fround(sum)));
}
