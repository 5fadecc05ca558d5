/**
 * The two passes of tree_shap.ts, tree by tree and four quadrature points at a time.
 *
 * A node has 32 bytes: u32 parent (0 is the root, which has none), u32 previous edge of the same
 * feature (the number of nodes: none; its state is HELD), u32 byte offset of what the edge adds to,
 * u32 LEFT where the edge leads left, f32 threshold, u32 byte offset of the value that its split
 * reads in a laid row, i32 1 at a leaf, 4 spare. A table has for each edge and state `bytes` of
 * float64 factors of the way down (times the leaf value at a leaf) and as many of coefficients of
 * the way up, a multiple of 32. A laid row has its values twice: as they are, and with +inf for NaN.
 */

const NODE_SHIFT: usize = 5;
const HELD: u32 = 0;
const BROKEN: u32 = 2;
const STATES: usize = 3;
const LEFT: u32 = 4; // beside the state: the node's own split sends the row left

@inline function direction(node: usize, row: usize): u32 {
  return <u32>!(load<f32>(row + <usize>load<u32>(node, 20)) >= load<f32>(node, 16)) << 2;
}

@inline function explainTree(
  nodes: usize, count: usize, bytes: usize, table: usize,
  down: usize, up: usize, states: usize, row: usize, contributions: usize,
): void {
  const stateBytes = bytes << 1;
  for (let q: usize = 0; q < bytes; q += 16) {
    v128.store(down + q, f64x2.splat(1));
    v128.store(up + q, f64x2.splat(0));
  }
  store<u8>(states, HELD | direction(nodes, row));
  store<u8>(states + count, HELD);
  for (let at: usize = 1; at < count; at++) {
    const node = nodes + (at << NODE_SHIFT);
    const parent = <usize>load<u32>(node);
    const brokenHere = <u32>((load<u8>(states + parent) & LEFT) != load<u32>(node, 12));
    const held = (load<u8>(states + <usize>load<u32>(node, 4)) & 3) == HELD;
    const state = select<u32>(brokenHere, BROKEN, held);
    const factors = table + (at * STATES + <usize>state) * stateBytes;
    const from = down + parent * bytes;
    if (load<i32>(node, 24)) {
      const above = up + parent * bytes;
      let total = f64x2.splat(0);
      let q: usize = 0;
      do {
        const a = f64x2.mul(v128.load(from + q), v128.load(factors + q));
        const b = f64x2.mul(v128.load(from + q, 16), v128.load(factors + q, 16));
        total = weigh(total, a, b, factors + bytes + q);
        pass(above + q, a, b);
      } while ((q += 32) < bytes);
      add(contributions + <usize>load<u32>(node, 8), total);
      continue;
    }
    const to = down + at * bytes;
    const sums = up + at * bytes;
    let q: usize = 0;
    do {
      v128.store(to + q, f64x2.mul(v128.load(from + q), v128.load(factors + q)));
      v128.store(to + q, f64x2.mul(v128.load(from + q, 16), v128.load(factors + q, 16)), 16);
      v128.store(sums + q, f64x2.splat(0));
      v128.store(sums + q, f64x2.splat(0), 16);
    } while ((q += 32) < bytes);
    store<u8>(states + at, state | direction(node, row));
  }
  for (let at = count - 1; at > 0; at--) {
    const node = nodes + (at << NODE_SHIFT);
    if (load<i32>(node, 24)) continue;
    const state = <usize>(load<u8>(states + at) & 3);
    const coefficients = table + (at * STATES + state) * stateBytes + bytes;
    const above = up + <usize>load<u32>(node) * bytes;
    const from = up + at * bytes;
    let total = f64x2.splat(0);
    let q: usize = 0;
    do {
      const a = v128.load(from + q);
      const b = v128.load(from + q, 16);
      total = weigh(total, a, b, coefficients + q);
      pass(above + q, a, b);
    } while ((q += 32) < bytes);
    add(contributions + <usize>load<u32>(node, 8), total);
  }
}

/** The dot product so far, and four sums more. */
@inline function weigh(total: v128, a: v128, b: v128, coefficients: usize): v128 {
  const first = f64x2.mul(a, v128.load(coefficients));
  return f64x2.add(total, f64x2.add(first, f64x2.mul(b, v128.load(coefficients, 16))));
}
@inline function pass(above: usize, a: v128, b: v128): void {
  v128.store(above, f64x2.add(v128.load(above), a));
  v128.store(above, f64x2.add(v128.load(above, 16), b), 16);
}
@inline function add(to: usize, total: v128): void {
  store<f64>(to, load<f64>(to) + f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1));
}

/** Adds to float64 contributions what each edge gives to the feature that it tests. */
export function explain(
  nodes: usize, counts: usize, trees: usize, bytes: usize, table: usize,
  down: usize, up: usize, states: usize, row: usize, contributions: usize,
): void {
  for (; trees > 0; trees--, counts += 4) {
    const count = <usize>load<u32>(counts);
    // Most trees are at most eight deep: a constant lets the compiler drop the loops over points.
    if (bytes == 32) explainTree(nodes, count, 32, table, down, up, states, row, contributions);
    else explainTree(nodes, count, bytes, table, down, up, states, row, contributions);
    nodes += count << NODE_SHIFT;
    table += count * STATES * (bytes << 1);
  }
}

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
