/**
 * The two passes of tree_shap.ts, tree by tree and four quadrature points at a time.
 *
 * A tree's splits stand first, by depth, so that neighbours rarely wait for each other; its leaves
 * follow. A node has 24 bytes: u32 parent (0 is the root, which has none), u32 previous edge of the
 * same feature (the number of splits: none; its state is HELD), u32 byte offset of what the edge adds
 * to, u32 LEFT where the edge leads left, and for a split f32 threshold and u32 byte offset of the
 * value that it reads in a laid row. A table has for each edge and state `bytes` of float64 factors
 * of the way down (times the leaf value at a leaf) and as many of coefficients of the way up, a
 * multiple of 32. A laid row has its values twice: as they are, and with +inf for NaN.
 */

const NODE_BYTES: usize = 24;
const HELD: u32 = 0;
const BROKEN: u32 = 2;
const STATES: usize = 3;
const LEFT: u32 = 4; // beside the state: the node's own split sends the row left

@inline function direction(node: usize, row: usize): u32 {
  return <u32>!(load<f32>(row + <usize>load<u32>(node, 20)) >= load<f32>(node, 16)) << 2;
}
@inline function stateOf(node: usize, parent: usize, states: usize): u32 {
  const brokenHere = <u32>((load<u8>(states + parent) & LEFT) != load<u32>(node, 12));
  const held = (load<u8>(states + <usize>load<u32>(node, 4)) & 3) == HELD;
  return select<u32>(brokenHere, BROKEN, held);
}
/** Whether more points follow; says so without a loop where one step takes them all. */
@inline function more(q: usize, bytes: usize): bool {
  return bytes > 32 && q < bytes;
}

@inline function explainTree(
  nodes: usize, splits: usize, leaves: usize, bytes: usize, table: usize,
  down: usize, up: usize, states: usize, row: usize, contributions: usize,
): void {
  const stateBytes = bytes << 1;
  const edgeBytes = STATES * stateBytes;
  let q: usize = 0;
  do {
    write(down + q, f64x2.splat(1), f64x2.splat(1));
    write(up + q, f64x2.splat(0), f64x2.splat(0));
    q += 32;
  } while (more(q, bytes));
  store<u8>(states, HELD | direction(nodes, row));
  store<u8>(states + splits, HELD);
  let node = nodes + NODE_BYTES;
  let edge = table + edgeBytes;
  for (let at: usize = 1; at < splits; at++, node += NODE_BYTES, edge += edgeBytes) {
    const parent = <usize>load<u32>(node);
    const state = stateOf(node, parent, states);
    store<u8>(states + at, state | direction(node, row));
    const factors = edge + <usize>state * stateBytes;
    const from = down + parent * bytes;
    const to = down + at * bytes;
    const sums = up + at * bytes;
    q = 0;
    do {
      const a = f64x2.mul(v128.load(from + q), v128.load(factors + q));
      const b = f64x2.mul(v128.load(from + q, 16), v128.load(factors + q, 16));
      write(to + q, a, b);
      write(sums + q, f64x2.splat(0), f64x2.splat(0));
      q += 32;
    } while (more(q, bytes));
  }
  for (; leaves > 0; leaves--, node += NODE_BYTES, edge += edgeBytes) {
    const parent = <usize>load<u32>(node);
    const factors = edge + <usize>stateOf(node, parent, states) * stateBytes;
    const from = down + parent * bytes;
    const above = up + parent * bytes;
    let total = f64x2.splat(0);
    q = 0;
    do {
      const a = f64x2.mul(v128.load(from + q), v128.load(factors + q));
      const b = f64x2.mul(v128.load(from + q, 16), v128.load(factors + q, 16));
      total = weigh(total, a, b, factors + bytes + q);
      pass(above + q, a, b);
      q += 32;
    } while (more(q, bytes));
    add(contributions + <usize>load<u32>(node, 8), total);
  }
  for (let at = splits - 1; at > 0; at--) {
    node = nodes + at * NODE_BYTES;
    const state = <usize>(load<u8>(states + at) & 3);
    const coefficients = table + at * edgeBytes + state * stateBytes + bytes;
    const above = up + <usize>load<u32>(node) * bytes;
    const from = up + at * bytes;
    let total = f64x2.splat(0);
    q = 0;
    do {
      const a = v128.load(from + q);
      const b = v128.load(from + q, 16);
      total = weigh(total, a, b, coefficients + q);
      pass(above + q, a, b);
      q += 32;
    } while (more(q, bytes));
    add(contributions + <usize>load<u32>(node, 8), total);
  }
}

@inline function write(to: usize, a: v128, b: v128): void {
  v128.store(to, a);
  v128.store(to, b, 16);
}
/** The dot product so far, and four sums more. */
@inline function weigh(total: v128, a: v128, b: v128, coefficients: usize): v128 {
  const first = f64x2.mul(a, v128.load(coefficients));
  return f64x2.add(total, f64x2.add(first, f64x2.mul(b, v128.load(coefficients, 16))));
}
@inline function pass(above: usize, a: v128, b: v128): void {
  write(above, f64x2.add(v128.load(above), a), f64x2.add(v128.load(above, 16), b));
}
@inline function add(to: usize, total: v128): void {
  store<f64>(to, load<f64>(to) + f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1));
}

/** Adds to float64 contributions what each edge gives to the feature that it tests. */
export function explain(
  nodes: usize, counts: usize, trees: usize, bytes: usize, table: usize,
  down: usize, up: usize, states: usize, row: usize, contributions: usize,
): void {
  for (; trees > 0; trees--, counts += 8) {
    const splits = <usize>load<u32>(counts);
    const leaves = <usize>load<u32>(counts, 4);
    // Most trees are at most eight deep: a constant lets the compiler drop the loops over points.
    if (bytes == 32) explainTree(nodes, splits, leaves, 32, table, down, up, states, row, contributions);
    else explainTree(nodes, splits, leaves, bytes, table, down, up, states, row, contributions);
    nodes += (splits + leaves) * NODE_BYTES;
    table += (splits + leaves) * STATES * (bytes << 1);
  }
}

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
