import type { Tree } from '../../../../shared/bridge/booster.ts';

/**
 * The tree with every right child next behind its left one, as XGBoost makes them and as its
 * predictor takes for granted from 1.6 on (GetNextNode in src/predictor/predict_fn.h). A tree that
 * is so already is left as it is; another is renumbered level by level.
 */
export function pairChildren(tree: Tree): Tree {
  const { left, right } = tree;
  if (left.every((child, node) => child < 0 || right[node] === child + 1)) return tree;
  const order = [0];
  for (let i = 0; i < order.length; i++) {
    const node = order[i]!;
    if (left[node]! >= 0) order.push(left[node]!, right[node]!);
  }
  const places = new Int32Array(left.length).fill(-1);
  order.forEach((node, place) => {
    places[node] = place;
  });
  const child = (children: Int32Array) =>
    Int32Array.from(order, (node) => (children[node]! < 0 ? -1 : places[children[node]!]!));
  return {
    group: tree.group,
    left: child(left),
    right: child(right),
    feature: Uint32Array.from(order, (node) => tree.feature[node]!),
    threshold: Float32Array.from(order, (node) => tree.threshold[node]!),
    defaultLeft: Uint8Array.from(order, (node) => tree.defaultLeft[node]!),
    value: Float32Array.from(order, (node) => tree.value[node]!),
    gain: Float32Array.from(order, (node) => tree.gain[node]!),
    cover: Float32Array.from(order, (node) => tree.cover[node]!),
  };
}
