/**
 * Walks trees without branching, eight at a time (the idea: a step is `child + (x >= threshold)`).
 *
 * A node has 16 bytes: f32 threshold, u32 byte offset of the value it reads in a row, u32 byte
 * offset of its left child among the tree's nodes (the right one follows), f32 leaf value. A leaf
 * is its own left child and its threshold is NaN, so that walking on stays there. A row has its
 * values twice: as they are, for splits where a missing value goes left (NaN >= t is false), and
 * with +inf for NaN, for splits where it goes right.
 */

/** From columns (one run of `stride` float32 each) to rows of 2 × `features` values. */
export function layRows(columns: usize, features: i32, stride: i32, rows: i32, out: usize): void {
  for (let f = 0; f < features; f++) {
    const column = columns + (<usize>f * <usize>stride << 2);
    let to = out + (<usize>f << 2);
    for (let r: usize = 0; r < <usize>rows; r++, to += <usize>features << 3) {
      const x = load<f32>(column + (r << 2));
      store<f32>(to, x);
      store<f32>(to + (<usize>features << 2), x == x ? x : <f32>Infinity);
    }
  }
}

@inline function step(tree: usize, at: u32, row: usize): u32 {
  const node = tree + <usize>at;
  const goesRight = <u32>(load<f32>(row + <usize>load<u32>(node, 4)) >= load<f32>(node));
  return load<u32>(node, 8) + (goesRight << 4);
}
@inline function leaf(tree: usize, at: u32): f32 { return load<f32>(tree + <usize>at, 12); }
@inline function root(roots: usize, lane: usize): usize {
  return <usize>load<u32>(roots + (lane << 2));
}

/** Adds to a float32 sum a row what eight trees (u32 addresses at `roots`) give it, in order. */
export function addEightTrees(
  roots: usize, depth: i32, rows: usize, count: i32, rowBytes: i32, sums: usize, sumBytes: i32,
): void {
  const t0 = root(roots, 0), t1 = root(roots, 1), t2 = root(roots, 2), t3 = root(roots, 3);
  const t4 = root(roots, 4), t5 = root(roots, 5), t6 = root(roots, 6), t7 = root(roots, 7);
  for (; count > 0; count--, rows += rowBytes, sums += sumBytes) {
    let a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0;
    let e: u32 = 0, f: u32 = 0, g: u32 = 0, h: u32 = 0;
    for (let i = 0; i < depth; i++) {
      a = step(t0, a, rows);
      b = step(t1, b, rows);
      c = step(t2, c, rows);
      d = step(t3, d, rows);
      e = step(t4, e, rows);
      f = step(t5, f, rows);
      g = step(t6, g, rows);
      h = step(t7, h, rows);
    }
    let sum = load<f32>(sums) + leaf(t0, a);
    sum += leaf(t1, b);
    sum += leaf(t2, c);
    sum += leaf(t3, d);
    sum += leaf(t4, e);
    sum += leaf(t5, f);
    sum += leaf(t6, g);
    store<f32>(sums, sum + leaf(t7, h));
  }
}

/** `addEightTrees` for one tree. */
export function addTree(
  tree: usize, depth: i32, rows: usize, count: i32, rowBytes: i32, sums: usize, sumBytes: i32,
): void {
  for (; count > 0; count--, rows += rowBytes, sums += sumBytes) {
    let at: u32 = 0;
    for (let i = 0; i < depth; i++) at = step(tree, at, rows);
    store<f32>(sums, load<f32>(sums) + leaf(tree, at));
  }
}

/** Softmax of each row of float32 margins, in place: XGBoost's common::Softmax. */
export function softmaxRows(margins: usize, rows: i32, classes: i32): void {
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
