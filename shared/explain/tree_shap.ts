/**
 * Exact path-dependent TreeSHAP: what each feature adds to the margin of one application.
 *
 * Shapley values of the game in which an unknown feature sends a row down both branches in
 * proportion to cover (Lundberg et al. 2020, "From local explanations to global understanding",
 * algorithm 2; XGBoost's pred_contribs). For a leaf of value w whose path tests features with
 * o (1 if the row agrees, else 0) and z (share of cover), feature i receives
 *
 *     w · (o_i − z_i) · ∫₀¹ Π_{j≠i} (t·o_j + (1−t)·z_j) dt.
 *
 * The product is a polynomial in t of degree below the depth, so Gauss-Legendre points integrate it
 * exactly, and it factors along the path: one pass down multiplies per edge, one pass up adds leaf
 * values, and each edge dots the sum with a precomputed coefficient (cf. Yu et al. 2022, "Linear
 * TreeShap"). All factors are positive on (0, 1), hence stable at any depth.
 */
import type { Booster } from '../bridge/booster.ts';
import { wasmIsThere } from '../bridge/kernel/wasm.ts';
import { createWasmPasses } from './kernel/wasm_tree_shap.ts';
import {
  BROKEN,
  BROKEN_HERE,
  buildTable,
  deepest,
  HELD,
  STATES,
  type Table,
} from './shap_table.ts';

export interface TreeExplainer {
  /** The margin when nothing is known: the cover-weighted mean over all leaves, base included. */
  readonly baseline: number;
  /**
   * Adds up to `margin − baseline` (to 1e-6 of float32 sums).
   * @param row the features as the trees read them; NaN is missing
   * @param contributions one number a feature, overwritten
   */
  explain(row: Float32Array, contributions: Float64Array): void;
}

/** @param signs sign of each tree group in the explained margin, e.g. [1, −1] for default − good */
export function createTreeExplainer(booster: Booster, signs: readonly number[]): TreeExplainer {
  const points = Math.max(1, Math.ceil(deepest(booster.trees) / 2));
  const table = buildTable(booster, signs, points);
  const base = signs.reduce((sum, sign, k) => sum + sign * booster.baseMargins[k]!, 0);
  const createPasses = wasmIsThere() ? createWasmPasses : createPlainPasses;
  return {
    baseline: base + table.meanLeaf,
    explain: createPasses(table, booster.featureCount),
  };
}

/** The two passes in plain TypeScript: oracle of those in WebAssembly, and their stand-in. */
export function createPlainPasses(table: Table): TreeExplainer['explain'] {
  const down = new Float64Array(table.count * table.points);
  const up = new Float64Array(table.count * table.points);
  const state = new Uint8Array(table.count);
  const goesLeft = new Uint8Array(table.count);
  return (row, contributions) => {
    contributions.fill(0);
    walkDown(table, row, down, state, goesLeft);
    walkUp(table, down, up, state, contributions);
  };
}

function walkDown(
  table: Table,
  row: Float32Array,
  down: Float64Array,
  state: Uint8Array,
  goesLeft: Uint8Array,
): void {
  const {
    count,
    points,
    parent,
    isLeftChild,
    splitFeature,
    threshold,
    defaultLeft,
    previous,
    factor,
  } = table;
  for (let at = 0; at < count; at++) {
    const above = parent[at]!;
    if (above < 0) {
      state[at] = HELD;
      for (let q = 0; q < points; q++) down[at * points + q] = 1;
    } else {
      const earlier = previous[at]!;
      const broken = earlier >= 0 && state[earlier] !== HELD;
      const agrees = goesLeft[above] === isLeftChild[at];
      const now = broken ? BROKEN : agrees ? HELD : BROKEN_HERE;
      state[at] = now;
      const from = (at * STATES + now) * points;
      for (let q = 0; q < points; q++) {
        down[at * points + q] = down[above * points + q]! * factor[from + q]!;
      }
    }
    const feature = splitFeature[at]!;
    if (feature >= 0) {
      const value = row[feature]!;
      goesLeft[at] = Number.isNaN(value) ? defaultLeft[at]! : Number(value < threshold[at]!);
    }
  }
}

function walkUp(
  table: Table,
  down: Float64Array,
  up: Float64Array,
  state: Uint8Array,
  contributions: Float64Array,
): void {
  const { count, points, parent, splitFeature, edgeFeature, leaf, coefficient } = table;
  up.fill(0);
  for (let at = count - 1; at >= 0; at--) {
    const above = parent[at]!;
    if (above < 0) continue;
    const isLeaf = splitFeature[at]! < 0;
    const from = (at * STATES + state[at]!) * points;
    let contribution = 0;
    for (let q = 0; q < points; q++) {
      const sum = isLeaf ? down[at * points + q]! * leaf[at]! : up[at * points + q]!;
      contribution += sum * coefficient[from + q]!;
      up[above * points + q]! += sum;
    }
    contributions[edgeFeature[at]!]! += contribution;
  }
}
