/**
 * Gradient histograms: building, subtracting, and searching them for the best split.
 *
 * A slot of a histogram is a pair of float64, (sum of gradients, sum of hessians), 16 bytes. Eight
 * features make a block, whose slots (at most 33 KiB for 256 bins) stay in the first-level cache
 * while all rows of a node pass by. A row's codes in a block are eight u16: the byte offsets of
 * its eight slots. Sums are taken in row order and in float64, as XGBoost's
 * RowsWiseBuildHistKernel takes them, so that they agree to the last bit.
 */
import { gainOf, l1, l2, minChildWeight } from './gain.as';

@inline function pairAt(pairs: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(pairs));
}

@inline function slot(codes: usize, lane: usize, pair: v128, histogram: usize): void {
  const at = histogram + <usize>load<u16>(codes + (lane << 1));
  v128.store(at, f64x2.add(v128.load(at), pair));
}

@inline function row(codes: usize, pairs: usize, histogram: usize): void {
  const pair = pairAt(pairs);
  slot(codes, 0, pair, histogram);
  slot(codes, 1, pair, histogram);
  slot(codes, 2, pair, histogram);
  slot(codes, 3, pair, histogram);
  slot(codes, 4, pair, histogram);
  slot(codes, 5, pair, histogram);
  slot(codes, 6, pair, histogram);
  slot(codes, 7, pair, histogram);
}

/** Adds rows 0..count-1 of one block to its histogram. `pairs` are float32 (gradient, hessian). */
export function addAllRows(codes: usize, pairs: usize, count: i32, histogram: usize): void {
  const end = codes + (<usize>count << 4);
  for (; codes < end; codes += 16, pairs += 8) row(codes, pairs, histogram);
}

/** Adds the listed rows (u32) of one block to its histogram. */
export function addRows(
  codes: usize, pairs: usize, rows: usize, count: i32, histogram: usize,
): void {
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4) {
    const r = <usize>load<u32>(rows);
    row(codes + (r << 4), pairs + (r << 3), histogram);
  }
}

/** parent -= child, slot by slot: what is left is the sibling's histogram. */
export function subtract(parent: usize, child: usize, bytes: i32): void {
  const end = parent + bytes;
  for (; parent < end; parent += 16, child += 16) {
    v128.store(parent, f64x2.sub(v128.load(parent), v128.load(child)));
  }
}

/** Sum of `count` slots in order, into the pair at `out`. */
export function sumSlots(slots: usize, count: i32, out: usize): void {
  let sum = f64x2.splat(0);
  const end = slots + (<usize>count << 4);
  for (; slots < end; slots += 16) sum = f64x2.add(sum, v128.load(slots));
  v128.store(out, sum);
}

/** Sum of `count` float32 pairs in order, into the float64 pair at `out`. */
export function sumPairs(pairs: usize, count: i32, out: usize): void {
  let sum = f64x2.splat(0);
  const end = pairs + (<usize>count << 3);
  for (; pairs < end; pairs += 8) sum = f64x2.add(sum, pairAt(pairs));
  v128.store(out, sum);
}

// The search: XGBoost 1.7's HistEvaluator::EnumerateSplit, four candidates at a time.

let parent: v128 = f64x2.splat(0);
let parentGain: f32 = 0;

let bestGain: f32 = 0;
let bestFeature: i32 = -1;
let bestBin: i32 = 0;
let bestBackward: i32 = 0;
let bestSums: v128 = f64x2.splat(0);

// Low halves of two pairs, and high halves: (g, h), (g', h') → (g, g') and (h, h').
@inline function lows(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 0, 2);
}
@inline function highs(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 1, 3);
}
// Two vectors of two float64 → four float32.
@inline function demote(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}
// Two masks of two 64-bit lanes → one of four 32-bit lanes.
@inline function narrow(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}
// ThresholdL1(g)², whose sign no longer matters.
@inline function square(g: v128): v128 {
  const t = f64x2.max(f64x2.sub(f64x2.abs(g), f64x2.splat(l1)), f64x2.splat(0));
  return f64x2.mul(t, t);
}
// `gainOf` four children.
@inline function gains(a: v128, b: v128, c: v128, d: v128): v128 {
  const h1 = highs(a, b);
  const h2 = highs(c, d);
  const lambda = f64x2.splat(l2);
  const quotient = f32x4.div(
    demote(square(lows(a, b)), square(lows(c, d))),
    demote(f64x2.add(h1, lambda), f64x2.add(h2, lambda)),
  );
  const zero = f64x2.splat(0);
  return v128.and(quotient, narrow(f64x2.gt(h1, zero), f64x2.gt(h2, zero)));
}
// Which of four children have weight enough.
@inline function heavy(a: v128, b: v128, c: v128, d: v128): v128 {
  const least = f64x2.splat(minChildWeight);
  return narrow(f64x2.ge(highs(a, b), least), f64x2.ge(highs(c, d), least));
}

@inline function consider(
  gain: f32, sums: v128, feature: i32, bin: i32, backward: i32,
): void {
  if (gain <= bestGain || !(gain < f32.MAX_VALUE)) return;
  bestGain = gain;
  bestFeature = feature;
  bestBin = bin;
  bestBackward = backward;
  bestSums = sums;
}

// Walks `count` slots from the first bin up or from the last bin down. The sums that pile up
// belong to one child, and what the parent has more of to the other.
@inline function scan(slots: usize, count: i32, feature: i32, backward: i32): void {
  const step = backward ? -16 : 16;
  let at = backward ? slots + (<usize>(count - 1) << 4) : slots;
  let sums = f64x2.splat(0);
  for (let i = 0; i < count; i += 4, at += 4 * step) {
    const first = v128.load(at);
    const second = v128.load(at + step);
    const third = v128.load(at + 2 * step);
    const fourth = v128.load(at + 3 * step);
    const any = v128.or(v128.or(first, second), v128.or(third, fourth));
    if (!v128.any_true(any)) continue; // no rows, no new candidate
    const a = f64x2.add(sums, first);
    const b = f64x2.add(a, second);
    const c = f64x2.add(b, third);
    const d = f64x2.add(c, fourth);
    sums = d;
    const ra = f64x2.sub(parent, a);
    const rb = f64x2.sub(parent, b);
    const rc = f64x2.sub(parent, c);
    const rd = f64x2.sub(parent, d);
    const children = f32x4.add(gains(a, b, c, d), gains(ra, rb, rc, rd));
    const gain = f32x4.sub(children, f32x4.splat(parentGain));
    const valid = v128.and(heavy(a, b, c, d), heavy(ra, rb, rc, rd));
    const better = v128.and(f32x4.gt(gain, f32x4.splat(bestGain)), valid);
    const lanes = i32x4.bitmask(better) & ((1 << min(count - i, 4)) - 1);
    if (!lanes) continue;
    const bin = backward ? count - 1 - i : i;
    const next = backward ? -1 : 1;
    if (lanes & 1) consider(f32x4.extract_lane(gain, 0), a, feature, bin, backward);
    if (lanes & 2) consider(f32x4.extract_lane(gain, 1), b, feature, bin + next, backward);
    if (lanes & 4) consider(f32x4.extract_lane(gain, 2), c, feature, bin + 2 * next, backward);
    if (lanes & 8) consider(f32x4.extract_lane(gain, 3), d, feature, bin + 3 * next, backward);
  }
}

/**
 * Finds the best split of a node among the listed features (u32), ties going to the first.
 *
 * `layout` has 16 bytes a feature: u32 offset of its first slot in the histogram, u32 bins, u32
 * bins after which a split may stand (one less than `bins` where no threshold lies above the last
 * bin). The slot after the last bin sums the rows whose value is missing; they go right when
 * walking up and left when walking down, and where there are none walking up is enough.
 *
 * Writes at `out`: f32 gain, i32 feature (-1: none has a positive gain), i32 bin (the last on the
 * left when walking up, the first on the right when walking down), i32 walked down; f64 gradient
 * and hessian of the left child, and of the right one.
 */
export function bestSplit(
  histogram: usize, features: usize, count: i32, layout: usize,
  gradient: f64, hessian: f64, out: usize,
): void {
  parent = f64x2.replace_lane(f64x2.splat(gradient), 1, hessian);
  parentGain = gainOf(gradient, hessian);
  bestGain = 0;
  bestFeature = -1;
  const end = features + (<usize>count << 2);
  for (; features < end; features += 4) {
    const feature = load<u32>(features);
    const shape = layout + (<usize>feature << 4);
    const slots = histogram + load<u32>(shape);
    const bins = load<u32>(shape, 4);
    scan(slots, load<u32>(shape, 8), feature, 0);
    if (v128.any_true(v128.load(slots + (<usize>bins << 4)))) scan(slots, bins, feature, 1);
  }
  store<f32>(out, bestGain);
  store<i32>(out, bestFeature, 4);
  store<i32>(out, bestBin, 8);
  store<i32>(out, bestBackward, 12);
  const rest = f64x2.sub(parent, bestSums);
  v128.store(out, bestBackward ? rest : bestSums, 16);
  v128.store(out, bestBackward ? bestSums : rest, 32);
}
