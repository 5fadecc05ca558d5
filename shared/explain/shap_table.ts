/** What TreeSHAP knows of an ensemble before it sees a row; `tree_shap.ts` says why. */
import type { Booster, Tree } from '../bridge/booster.ts';
import { type Walk, walksOf } from '../bridge/walks.ts';
import { gaussLegendre } from './quadrature.ts';

/** State of an edge for one row: what the row says of the edge's feature on the way down. */
export const HELD = 0; // agrees so far, this edge included
export const BROKEN_HERE = 1; // agreed up to here, not with this edge
export const BROKEN = 2; // disagreed above
export const STATES = 3;

/** A branch that no training row took still needs a share, or it would divide by nothing. */
const SMALLEST_SHARE = 1e-12;

/** All trees' nodes, parents before children; an edge is numbered by the node that it leads to. */
export interface Table {
  readonly count: number;
  readonly points: number;
  /** −1 at a root. */
  readonly parent: Int32Array;
  readonly isLeftChild: Uint8Array;
  /** Feature that a node splits on; −1 at a leaf. */
  readonly splitFeature: Int32Array;
  readonly threshold: Float32Array;
  readonly defaultLeft: Uint8Array;
  /** Feature that the edge into a node tests. */
  readonly edgeFeature: Int32Array;
  /** The nearest edge above on the same feature; −1 where there is none. */
  readonly previous: Int32Array;
  /** Leaf value times the sign of its group, of both trees of a walk; 0 at a split. */
  readonly leaf: Float64Array;
  /** By edge, state and point: the factor on the way down, the coefficient on the way up. */
  readonly factor: Float64Array;
  readonly coefficient: Float64Array;
  readonly meanLeaf: number;
}

export function deepest(trees: readonly Tree[]): number {
  const depthOf = (tree: Tree, node: number): number =>
    tree.left[node]! < 0
      ? 0
      : 1 + Math.max(depthOf(tree, tree.left[node]!), depthOf(tree, tree.right[node]!));
  return trees.reduce((depth, tree) => Math.max(depth, depthOf(tree, 0)), 0);
}

/** @param points of the quadrature: half the depth of the deepest tree */
export function buildTable(booster: Booster, signs: readonly number[], points: number): Table {
  const walks = walksOf(booster).flatMap(explainable);
  const capacity = walks.reduce((sum, [tree]) => sum + tree.left.length, 0);
  const table = {
    count: 0,
    points,
    parent: new Int32Array(capacity).fill(-1),
    isLeftChild: new Uint8Array(capacity),
    splitFeature: new Int32Array(capacity).fill(-1),
    threshold: new Float32Array(capacity),
    defaultLeft: new Uint8Array(capacity),
    edgeFeature: new Int32Array(capacity),
    previous: new Int32Array(capacity).fill(-1),
    leaf: new Float64Array(capacity),
    factor: new Float64Array(capacity * STATES * points),
    coefficient: new Float64Array(capacity * STATES * points),
    meanLeaf: 0,
  };
  const rule = gaussLegendre(points);
  // Share of cover of everything that the row's path demands of the edge's feature.
  const share = new Float64Array(capacity).fill(1);
  for (const walk of walks) {
    const [tree] = walk;
    const add = (node: number, parent: number, isLeft: boolean, reach: number): void => {
      const at = table.count++;
      table.parent[at] = parent;
      table.isLeftChild[at] = Number(isLeft);
      if (parent >= 0) addEdge(table, rule, share, at, localShare(tree, node, isLeft, parents));
      if (tree.left[node]! < 0) {
        table.leaf[at] = walk.reduce(
          (sum, { group, value }) => sum + signs[group]! * value[node]!,
          0,
        );
        table.meanLeaf += reach * table.leaf[at]!;
        return;
      }
      table.splitFeature[at] = tree.feature[node]!;
      table.threshold[at] = tree.threshold[node]!;
      table.defaultLeft[at] = tree.defaultLeft[node]!;
      for (const left of [true, false]) {
        const child = left ? tree.left[node]! : tree.right[node]!;
        parents[child] = node;
        add(child, at, left, reach * localShare(tree, child, left, parents));
      }
    };
    const parents = new Int32Array(tree.left.length);
    add(0, -1, false, 1);
  }
  return table;
}

/** By how much of themselves the covers of two trees may differ: float32 sums of the same hessians. */
const COVER_TOLERANCE = 1e-5;

/** Trees whose rows went the same ways are explained together: Shapley values are linear in leaves. */
function explainable(walk: Walk): readonly Walk[] {
  const [tree, twin] = walk;
  if (!twin) return [walk];
  const isSame = tree.cover.every(
    (cover, node) => Math.abs(cover - twin.cover[node]!) <= COVER_TOLERANCE * cover,
  );
  return isSame ? [walk] : [[tree], [twin]];
}

/** Share of the parent's cover that goes to a child; the two shares of a split add up to 1. */
function localShare(tree: Tree, child: number, isLeft: boolean, parents: Int32Array): number {
  const parent = parents[child]!;
  const left = tree.cover[tree.left[parent]!]!;
  const right = tree.cover[tree.right[parent]!]!;
  const whole = left + right;
  const leftShare = whole > 0 ? left / whole : 0.5;
  const clamped = Math.min(1 - SMALLEST_SHARE, Math.max(SMALLEST_SHARE, leftShare));
  return isLeft ? clamped : 1 - clamped;
}

function addEdge(
  table: {
    parent: Int32Array;
    splitFeature: Int32Array;
    edgeFeature: Int32Array;
    previous: Int32Array;
    factor: Float64Array;
    coefficient: Float64Array;
    points: number;
  },
  rule: { points: Float64Array; weights: Float64Array },
  share: Float64Array,
  at: number,
  local: number,
): void {
  const feature = table.splitFeature[table.parent[at]!]!;
  table.edgeFeature[at] = feature;
  let above = table.parent[at]!;
  while (table.parent[above]! >= 0 && table.edgeFeature[above] !== feature)
    above = table.parent[above]!;
  const previous = table.parent[above]! >= 0 ? above : -1;
  table.previous[at] = previous;
  const oldShare = previous < 0 ? 1 : share[previous]!;
  const newShare = oldShare * local;
  share[at] = newShare;
  for (let state = 0; state < STATES; state++) {
    const oldHeld = state === BROKEN ? 0 : 1;
    const newHeld = state === HELD ? 1 : 0;
    for (let q = 0; q < table.points; q++) {
      const t = rule.points[q]!;
      const before = t * oldHeld + (1 - t) * oldShare;
      const after = t * newHeld + (1 - t) * newShare;
      const index = (at * STATES + state) * table.points + q;
      // A feature that was tested above replaces its factor and takes back its contribution.
      const takenBack = previous < 0 ? 0 : (oldHeld - oldShare) / before;
      table.factor[index] = after / before;
      table.coefficient[index] = rule.weights[q]! * ((newHeld - newShare) / after - takenBack);
    }
  }
}
