/**
 * The exact greedy search: every distinct value of every feature is a candidate.
 *
 * Follows XGBoost's ColMaker (src/tree/updater_colmaker.cc of 1.7): all nodes of a level at once,
 * one pass up and one pass down each sorted column. Two deviations, both where a float32 midpoint
 * cannot stand between two neighbours: it is then the greater one, so that the rows really part as
 * they were counted; and rows without hessian (sampled out, or of weight 0) are no candidates.
 *
 * A node takes 64 bytes: f64 gradient and hessian; the best split so far: f32 gain, i32 feature,
 * f32 threshold, i32 missing goes left, f64 gradient and hessian of the left child; f32 gain as a
 * leaf; i32 whether the feature at hand may split it; 8 bytes free. While a column is walked a
 * node also has 24 bytes of `state`: f64 gradient, f64 hessian, f32 last value, 4 bytes free.
 */
import { gainOf, minChildWeight } from './gain.as';

const NODE: usize = 64;
const STATE: usize = 24;
const MIN_GAP: f32 = 1e-6; // kRtEps: how far beyond the outermost value the last threshold lies

@inline function node(nodes: usize, index: u32): usize { return nodes + <usize>index * NODE; }
@inline function state(states: usize, index: u32): usize { return states + <usize>index * STATE; }

/**
 * Clears `count` nodes and sums the pairs of their rows into them. `position` (i32 a row) is a
 * row's node, or -1.
 */
export function openNodes(
  nodes: usize, count: i32, position: usize, pairs: usize, rows: i32,
): void {
  memory.fill(nodes, 0, <usize>count * NODE);
  for (let r: usize = 0; r < <usize>rows; r++) {
    const at = load<i32>(position + (r << 2));
    if (at < 0) continue;
    const n = node(nodes, at);
    store<f64>(n, load<f64>(n) + <f64>load<f32>(pairs + (r << 3)));
    store<f64>(n, load<f64>(n, 8) + <f64>load<f32>(pairs + (r << 3), 4), 8);
  }
  for (let i: u32 = 0; i < <u32>count; i++) {
    const n = node(nodes, i);
    store<f32>(n, gainOf(load<f64>(n), load<f64>(n, 8)), 48);
  }
}

/** Says whether a node may be split by the features that are walked next. */
export function allow(nodes: usize, index: u32, allowed: i32): void {
  store<i32>(node(nodes, index), allowed, 52);
}

// Considers parting a node so that the walked rows (sums g, h) are one side and the rest the other.
@inline function consider(n: usize, g: f64, h: f64, feature: i32, threshold: f32, up: bool): void {
  if (h < minChildWeight) return;
  const otherG = load<f64>(n) - g;
  const otherH = load<f64>(n, 8) - h;
  if (otherH < minChildWeight) return;
  const gain = gainOf(g, h) + gainOf(otherG, otherH) - load<f32>(n, 48);
  if (!(gain > load<f32>(n, 16)) || !(gain < f32.MAX_VALUE)) return;
  store<f32>(n, gain, 16);
  store<i32>(n, feature, 20);
  store<f32>(n, threshold, 24);
  store<i32>(n, <i32>!up, 28);
  store<f64>(n, up ? g : otherG, 32);
  store<f64>(n, up ? h : otherH, 40);
}

// A threshold with low < threshold <= high.
@inline function between(low: f32, high: f32): f32 {
  const middle: f32 = (low + high) * 0.5;
  return middle > low && middle < high ? middle : high;
}

/**
 * Walks a sorted column (values with their rows) up or down and improves the best splits of all
 * `count` nodes. Rows that are missing from the column go right when walking up, left when down.
 */
export function walkColumn(
  values: usize, rows: usize, length: i32, feature: i32, up: bool,
  position: usize, pairs: usize, nodes: usize, states: usize, count: i32,
): void {
  memory.fill(states, 0, <usize>count * STATE);
  const step: i32 = up ? 1 : -1;
  for (let i = up ? 0 : length - 1, left = length; left > 0; left--, i += step) {
    const r = <usize>load<u32>(rows + (<usize>i << 2));
    const at = load<i32>(position + (r << 2));
    if (at < 0) continue;
    const n = node(nodes, at);
    const h = <f64>load<f32>(pairs + (r << 3), 4);
    if (h == 0 || load<i32>(n, 52) == 0) continue;
    const x = load<f32>(values + (<usize>i << 2));
    const s = state(states, at);
    const sumG = load<f64>(s);
    const sumH = load<f64>(s, 8);
    const last = load<f32>(s, 16);
    if (sumH != 0 && x != last) {
      consider(n, sumG, sumH, feature, up ? between(last, x) : between(x, last), up);
    }
    store<f64>(s, sumG + <f64>load<f32>(pairs + (r << 3)));
    store<f64>(s, sumH + h, 8);
    store<f32>(s, x, 16);
  }
  for (let i: u32 = 0; i < <u32>count; i++) {
    const s = state(states, i);
    const sumH = load<f64>(s, 8);
    if (sumH == 0) continue;
    // Of an infinite value it is the value itself, which nothing that is there is less than.
    const last = load<f32>(s, 16);
    const gap: f32 = abs(last) < <f32>Infinity ? abs(last) + MIN_GAP : 0;
    const threshold = up ? last + gap : last - gap;
    if (up && !(last < threshold)) continue;
    consider(node(nodes, i), load<f64>(s), sumH, feature, threshold, up);
  }
}

/**
 * First half of moving rows down a level: all go where missing values go. `routes` has 16 bytes a
 * node: i32 feature (-1: a leaf), f32 threshold, i32 node of the left child in the next level
 * (the right one follows), or the leaf's id; i32 1 where missing goes left.
 */
export function routeMissing(
  position: usize, next: usize, rows: i32, routes: usize, leafOf: usize,
): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    const at = load<i32>(position + (r << 2));
    let to = -1;
    if (at >= 0) {
      const route = routes + (<usize>at << 4);
      const child = load<i32>(route, 8);
      if (load<i32>(route) < 0) store<u32>(leafOf + (r << 2), child);
      else to = child + 1 - load<i32>(route, 12);
    }
    store<i32>(next + (r << 2), to);
  }
}

/** Second half: the rows that have a value of `feature`, in the nodes that split by it. */
export function routeColumn(
  values: usize, rows: usize, length: i32, feature: i32,
  position: usize, next: usize, routes: usize,
): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const r = <usize>load<u32>(rows + (i << 2));
    const at = load<i32>(position + (r << 2));
    if (at < 0) continue;
    const route = routes + (<usize>at << 4);
    if (load<i32>(route) != feature) continue;
    const right = <i32>!(load<f32>(values + (i << 2)) < load<f32>(route, 4));
    store<i32>(next + (r << 2), load<i32>(route, 8) + right);
  }
}
