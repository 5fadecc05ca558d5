/**
 * Walks trees without branching, eight at a time: a step is `child + (x >= threshold)`.
 *
 * A node has 16 bytes: f32 threshold, u32 byte offset of the value it reads in a laid row, u32
 * address of its left child (the right one follows), f32 leaf value. A leaf is its own left child
 * and its threshold is NaN, so that walking on stays there; one of two trees has, in place of its
 * value, the u32 address of two. A laid row has its values twice: as they are, for splits where a
 * missing value goes left (NaN >= t is false), and with +inf for NaN, for splits where it goes right.
 * A pack has ten u32: depth, byte offset of its group's sum or TWO for the first two groups, the
 * addresses of eight roots. All of it is written by layout.ts.
 */

const NODE_SHIFT: usize = 4;
const PACK_BYTES: usize = 40;
const TWO: u32 = 0xffffffff;

@inline function step(at: usize, row: usize): usize {
  const goesRight = <usize>(load<f32>(row + <usize>load<u32>(at, 4)) >= load<f32>(at));
  return <usize>load<u32>(at, 8) + (goesRight << NODE_SHIFT);
}
@inline function leaf(at: usize): f32 { return load<f32>(at, 12); }
/** The leaf's values for both groups, beside each other. */
@inline function leaves(at: usize): v128 { return v128.load64_zero(<usize>load<u32>(at, 12)); }

/** Writes rows twice over, from float32 that lie `columnBytes` and `rowBytes` apart. */
function layRows(
  input: usize, columnBytes: usize, rowBytes: usize, features: usize, rows: usize, out: usize,
): void {
  const half = features << 2;
  for (let f: usize = 0; f < features; f++, input += columnBytes, out += 4) {
    let from = input;
    let to = out;
    for (let r: usize = 0; r < rows; r++, from += rowBytes, to += half << 1) {
      const x = load<f32>(from);
      store<f32>(to, x);
      store<f32>(to + half, x == x ? x : <f32>Infinity);
    }
  }
}

/** Adds to the float32 sums of rows what packs of trees give them, in tree order. */
function addPacks(
  packs: usize, packCount: i32, rows: usize, count: usize, rowBytes: usize, sums: usize, sumBytes: usize,
): void {
  for (; packCount > 0; packCount--, packs += PACK_BYTES) {
    const depth = load<i32>(packs);
    const group = load<u32>(packs, 4);
    const areTwo = group == TWO;
    let row = rows;
    let to = areTwo ? sums : sums + <usize>group;
    for (let n = count; n > 0; n--, row += rowBytes, to += sumBytes) {
      let a = <usize>load<u32>(packs, 8), b = <usize>load<u32>(packs, 12);
      let c = <usize>load<u32>(packs, 16), d = <usize>load<u32>(packs, 20);
      let e = <usize>load<u32>(packs, 24), f = <usize>load<u32>(packs, 28);
      let g = <usize>load<u32>(packs, 32), h = <usize>load<u32>(packs, 36);
      for (let i = 0; i < depth; i++) {
        a = step(a, row);
        b = step(b, row);
        c = step(c, row);
        d = step(d, row);
        e = step(e, row);
        f = step(f, row);
        g = step(g, row);
        h = step(h, row);
      }
      if (areTwo) {
        let both = f32x4.add(v128.load64_zero(to), leaves(a));
        both = f32x4.add(both, leaves(b));
        both = f32x4.add(both, leaves(c));
        both = f32x4.add(both, leaves(d));
        both = f32x4.add(both, leaves(e));
        both = f32x4.add(both, leaves(f));
        both = f32x4.add(both, leaves(g));
        v128.store64_lane(to, f32x4.add(both, leaves(h)), 0);
        continue;
      }
      let sum = load<f32>(to) + leaf(a);
      sum += leaf(b);
      sum += leaf(c);
      sum += leaf(d);
      sum += leaf(e);
      sum += leaf(f);
      sum += leaf(g);
      store<f32>(to, sum + leaf(h));
    }
  }
}

/**
 * Margins of `count` rows, row-major in `sums`: leaves summed
 * from the group's base, or from 0 and the base added last.
 * @param columnBytes,rowBytes distance of neighbours in a row and in a column of `input`
 * @param tile room for `tileRows` laid rows, few enough to stay in the first-level cache
 */
export function margins(
  input: usize, columnBytes: usize, rowBytes: usize, features: usize, count: usize,
  tile: usize, tileRows: usize, packs: usize, packCount: i32, sums: usize, groups: usize, bases: usize, baseFirst: bool,
): void {
  const sumBytes = groups << 2;
  const end = sums + count * sumBytes;
  for (let at = sums; at < end; at += sumBytes) {
    for (let k: usize = 0; k < sumBytes; k += 4) store<f32>(at + k, baseFirst ? load<f32>(bases + k) : 0);
  }
  for (let row: usize = 0; row < count; row += tileRows) {
    const rows = min(tileRows, count - row);
    layRows(input + row * rowBytes, columnBytes, rowBytes, features, rows, tile);
    addPacks(packs, packCount, tile, rows, features << 3, sums + row * sumBytes, sumBytes);
  }
  if (baseFirst) return;
  for (let at = sums; at < end; at += sumBytes) {
    for (let k: usize = 0; k < sumBytes; k += 4) store<f32>(at + k, load<f32>(at + k) + load<f32>(bases + k));
  }
}

/** Softmax of each row of float32 margins, in place: XGBoost's common::Softmax. */
export function softmax(margins: usize, rows: i32, classes: i32): void {
  for (; rows > 0; rows--, margins += <usize>classes << 2) {
    const end = margins + (<usize>classes << 2);
    let most = load<f32>(margins);
    for (let at = margins + 4; at < end; at += 4) most = max(most, load<f32>(at));
    let sum: f64 = 0;
    for (let at = margins; at < end; at += 4) {
      const e = Mathf.exp(load<f32>(at) - most);
      store<f32>(at, e);
      sum += <f64>e;
    }
    for (let at = margins; at < end; at += 4) store<f32>(at, load<f32>(at) / <f32>sum);
  }
}

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
