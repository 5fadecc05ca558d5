/**
 * Quantile sketches, which say where a feature's histogram is cut.
 *
 * `quantiles` is XGBoost 1.7's WQuantileSketch<float, float> (src/common/quantile.h) fed row by
 * row, to the same rounding, so that the cuts of `hist` are XGBoost's own. `sortedQuantiles` is
 * its SortedQuantile, which `approx` feeds with hessians.
 *
 * A summary is a run of entries of 16 bytes, four f32: least rank, greatest rank, weight, value.
 */
import { keyValue, sortEntries, sortKey } from './sort.as';

const FACTOR: i32 = 8; // kFactor: the sketch is so much finer than the bins
const LEVELS: i32 = 32;

// The sketch of one column. `queue` gathers values (u32 key, f32 weight); full, it becomes a
// summary and moves up the levels, merging as binary addition carries.
let limit: i32 = 0;
let queue: usize = 0;
let queueSpare: usize = 0;
let queued: i32 = 0;
let lastKey: u32 = 0;
let temp: usize = 0;
let tempSize: i32 = 0;
let levels: usize = 0;
let levelCount: i32 = 0;
const levelSizes: usize = memory.data(4 * LEVELS, 16);

@inline function rmin(entry: usize): f32 { return load<f32>(entry); }
@inline function rmax(entry: usize): f32 { return load<f32>(entry, 4); }
@inline function weightOf(entry: usize): f32 { return load<f32>(entry, 8); }
@inline function value(entry: usize): f32 { return load<f32>(entry, 12); }
@inline function rminNext(entry: usize): f32 { return rmin(entry) + weightOf(entry); }
@inline function rmaxPrev(entry: usize): f32 { return rmax(entry) - weightOf(entry); }
@inline function at(summary: usize, index: i32): usize { return summary + (<usize>index << 4); }
@inline function put(entry: usize, least: f32, greatest: f32, weight: f32, x: f32): void {
  store<f32>(entry, least);
  store<f32>(entry, greatest, 4);
  store<f32>(entry, weight, 8);
  store<f32>(entry, x, 12);
}
@inline function copy(from: usize, to: usize): void { v128.store(to, v128.load(from)); }
@inline function level(index: i32): usize { return at(levels, index * limit); }
@inline function levelSize(index: i32): i32 { return load<i32>(levelSizes + (<usize>index << 2)); }
@inline function setLevelSize(index: i32, size: i32): void {
  store<i32>(levelSizes + (<usize>index << 2), size);
}

// QuantileSketchTemplate::LimitSizeLevel
function sizeLimit(count: i32, bins: i32): i32 {
  const eps = 1.0 / <f64>(<f32>bins * <f32>FACTOR);
  let size: i64 = 0;
  for (let n = 1; size << (n - 1) < <i64>count; n++) {
    size = <i64>min(<f64>count, Math.ceil(<f64>n / eps) + 1);
  }
  return <i32>size;
}

/** Bytes of work that `quantiles` needs for a column of so many rows. */
export function sketchBytes(count: i32, maxBins: i32): f64 {
  const size = <f64>max(sizeLimit(count, min(maxBins, max(count, 1))), 1) * 16;
  return size + size + 2 * size + <f64>LEVELS * size + 64;
}

function start(count: i32, maxBins: i32, work: usize): void {
  limit = sizeLimit(count, max(min(maxBins, count), 1));
  const size = <usize>limit << 4;
  queue = work;
  queueSpare = work + size;
  temp = queueSpare + size;
  levels = temp + 2 * size;
  queued = 0;
  levelCount = 0;
}

// WQSummary::SetPrune: at most `most` entries that are nearest to evenly spaced ranks.
function prune(summary: usize, size: i32, out: usize, most: i32): i32 {
  if (size <= most) {
    memory.copy(out, summary, <usize>size << 4);
    return size;
  }
  const begin = rmax(summary);
  const last = at(summary, size - 1);
  const range = rmin(last) - begin;
  const n = most - 1;
  copy(summary, out);
  let kept = 1;
  let i = 1;
  let lastIndex = 0;
  for (let k = 1; k < n; k++) {
    const twiceRank: f32 = 2 * ((<f32>k * range) / <f32>n + begin);
    while (i < size - 1 && twiceRank >= rmax(at(summary, i + 1)) + rmin(at(summary, i + 1))) i++;
    if (i == size - 1) break;
    const nearest = twiceRank < rminNext(at(summary, i)) + rmaxPrev(at(summary, i + 1)) ? i : i + 1;
    if (nearest == lastIndex) continue;
    copy(at(summary, nearest), at(out, kept++));
    lastIndex = nearest;
  }
  if (lastIndex != size - 1) copy(last, at(out, kept++));
  return kept;
}

// WQSummary::SetCombine and FixError
function combine(a: usize, aSize: i32, b: usize, bSize: i32, out: usize): i32 {
  const aEnd = at(a, aSize);
  const bEnd = at(b, bSize);
  const aMost = rmax(aEnd - 16);
  const bMost = rmax(bEnd - 16);
  let aPrevious: f32 = 0;
  let bPrevious: f32 = 0;
  let to = out;
  for (; a != aEnd && b != bEnd; to += 16) {
    if (value(a) == value(b)) {
      put(to, rmin(a) + rmin(b), rmax(a) + rmax(b), weightOf(a) + weightOf(b), value(a));
      aPrevious = rminNext(a);
      bPrevious = rminNext(b);
      a += 16;
      b += 16;
    } else if (value(a) < value(b)) {
      put(to, rmin(a) + bPrevious, rmax(a) + rmaxPrev(b), weightOf(a), value(a));
      aPrevious = rminNext(a);
      a += 16;
    } else {
      put(to, rmin(b) + aPrevious, rmax(b) + rmaxPrev(a), weightOf(b), value(b));
      bPrevious = rminNext(b);
      b += 16;
    }
  }
  for (; a != aEnd; a += 16, to += 16) {
    put(to, rmin(a) + bPrevious, rmax(a) + bMost, weightOf(a), value(a));
  }
  for (; b != bEnd; b += 16, to += 16) {
    put(to, rmin(b) + aPrevious, rmax(b) + aMost, weightOf(b), value(b));
  }
  const size = <i32>((to - out) >> 4);
  restoreOrder(out, size);
  return size;
}

// FixError: whatever rounding did, ranks never fall and are never narrower than an entry's weight.
function restoreOrder(summary: usize, size: i32): void {
  let least: f32 = 0;
  let greatest: f32 = 0;
  const end = at(summary, size);
  for (let entry = summary; entry < end; entry += 16) {
    if (rmin(entry) < least) store<f32>(entry, least);
    else least = rmin(entry);
    if (rmax(entry) < greatest) store<f32>(entry, greatest, 4);
    if (rmax(entry) < rminNext(entry)) store<f32>(entry, rminNext(entry), 4);
    greatest = rmax(entry);
  }
}

// Queue::MakeSummary, into `temp`; the queue is empty then.
function summarise(): void {
  let entry = queued ? sortEntries(queue, queued, queueSpare) : queue;
  const end = entry + (<usize>queued << 3);
  let sum: f32 = 0;
  tempSize = 0;
  while (entry < end) {
    const key = load<u32>(entry);
    let weight = load<f32>(entry, 4);
    for (entry += 8; entry < end && load<u32>(entry) == key; entry += 8) {
      weight += load<f32>(entry, 4);
    }
    put(at(temp, tempSize++), sum, sum + weight, weight, keyValue(key));
    sum += weight;
  }
  queued = 0;
}

// QuantileSketchTemplate::PushTemp
function carry(): void {
  for (let l = 1; ; l++) {
    for (; levelCount < l + 1; levelCount++) setLevelSize(levelCount, 0);
    if (levelSize(l) == 0) {
      setLevelSize(l, prune(temp, tempSize, level(l), limit));
      return;
    }
    const size = prune(temp, tempSize, level(0), limit);
    tempSize = combine(level(0), size, level(l), levelSize(l), temp);
    if (tempSize <= limit) {
      memory.copy(level(l), temp, <usize>tempSize << 4);
      setLevelSize(l, tempSize);
      return;
    }
    setLevelSize(l, 0);
  }
}

@inline function push(x: f32, weight: f32): void {
  const key = sortKey(x);
  if (queued && key == lastKey) {
    const last = queue + (<usize>(queued - 1) << 3);
    store<f32>(last, load<f32>(last, 4) + weight, 4);
    return;
  }
  if (queued == 2 * limit) {
    summarise();
    carry();
  }
  const next = queue + (<usize>(queued++) << 3);
  store<u32>(next, key);
  store<f32>(next, weight, 4);
  lastKey = key;
}

// QuantileSketchTemplate::GetSummary, into `temp`.
function finish(): void {
  summarise();
  if (levelCount == 0) {
    if (tempSize > limit) {
      tempSize = prune(temp, tempSize, queue, limit); // the queue is empty, and large enough
      memory.copy(temp, queue, <usize>tempSize << 4);
    }
    return;
  }
  let size = prune(temp, tempSize, level(0), limit);
  for (let l = 1; l < levelCount; l++) {
    if (levelSize(l) == 0) continue;
    if (size == 0) {
      size = levelSize(l);
      memory.copy(level(0), level(l), <usize>size << 4);
    } else {
      tempSize = combine(level(0), size, level(l), levelSize(l), temp);
      size = prune(temp, tempSize, level(0), limit);
    }
  }
  tempSize = size;
  memory.copy(temp, level(0), <usize>size << 4);
}

@inline function finite(x: f32): bool {
  return abs(x) <= f32.MAX_VALUE; // false for NaN
}

/**
 * Writes at most `maxBins` + 1 ascending values (f32) to `out`: the least, the greatest, and
 * between them the quantiles of the finite values, by weight (0: all weigh 1). Where there are no
 * more distinct values than that, all of them. Returns how many; 0 where nothing has weight.
 */
export function quantiles(
  values: usize, weights: usize, count: i32, maxBins: i32, work: usize, out: usize,
): i32 {
  let present = 0;
  for (let i = 0; i < count; i++) present += <i32>finite(load<f32>(values + (<usize>i << 2)));
  if (present == 0) return 0;
  start(present, maxBins, work);
  for (let i = 0; i < count; i++) {
    const x = load<f32>(values + (<usize>i << 2));
    const weight = weights ? load<f32>(weights + (<usize>i << 2)) : 1;
    if (finite(x) && weight != 0) push(x, weight);
  }
  finish();
  // SketchContainerImpl::AllReduce and MakeCuts prune in two steps.
  const fine = min(present, maxBins * FACTOR);
  if (tempSize > fine) {
    tempSize = prune(temp, tempSize, levels, fine);
    memory.copy(temp, levels, <usize>tempSize << 4);
  }
  const size = prune(temp, tempSize, levels, min(fine, maxBins) + 1);
  for (let i = 0; i < size; i++) store<f32>(out + (<usize>i << 2), value(at(levels, i)));
  return size;
}

/**
 * `quantiles` of a sorted column (values with their rows), weighted by hessian: `pairs` has
 * float32 (gradient, hessian) by row. XGBoost prunes once more where there are fewer than about
 * `maxBins` rows; here all of their values stay.
 */
export function sortedQuantiles(
  values: usize, rows: usize, count: i32, pairs: usize, maxBins: i32, out: usize,
): i32 {
  let total: f64 = 0;
  for (let i = 0; i < count; i++) {
    if (finite(load<f32>(values + (<usize>i << 2)))) total += <f64>hessian(pairs, rows, i);
  }
  let size = 0;
  let goal: f64 = 0;
  let least: f64 = 0; // rank at which the current value begins
  let weight: f64 = 0;
  let current: f32 = f32.NaN;
  for (let i = 0; i < count; i++) {
    const x = load<f32>(values + (<usize>i << 2));
    if (!finite(x)) continue;
    if (current != x && current == current) {
      const greatest = least + weight;
      if (greatest >= goal && size != maxBins) {
        store<f32>(out + (<usize>(size++) << 2), current);
        goal = size == maxBins ? total * 2 + 1e-5 : <f64><f32>(<f64>size * total / <f64>maxBins);
      }
      least = greatest;
      weight = 0;
    }
    weight += <f64>hessian(pairs, rows, i);
    current = x;
  }
  if (current == current) store<f32>(out + (<usize>(size++) << 2), current);
  return size;
}

@inline function hessian(pairs: usize, rows: usize, index: i32): f32 {
  return load<f32>(pairs + (<usize>load<u32>(rows + (<usize>index << 2)) << 3), 4);
}
