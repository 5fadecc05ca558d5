/** Which rows a node has: stable partitioning, copying a node's rows together, marking leaves. */

/** Fills `count` u32 with 0, 1, 2, … */
export function iota(rows: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<u32>(rows + (<usize>i << 2), i);
}

// 1 where a row goes left: its code does not pass the split's, or is the code of a missing value
// that goes left. A split may lie before the first code, and is then negative.
@inline function goesLeft(codes: usize, r: u32, split: i32, missing: i32, missingLeft: u32): u32 {
  const code = <i32>load<u16>(codes + (<usize>r << 4));
  return <u32>(code <= split) | (<u32>(code == missing) & missingLeft);
}

/**
 * Reorders a node's rows (u32): those that go left first, both sides in their old order.
 * `codes` points at the split feature's lane of row 0. Returns how many go left.
 */
export function partition(
  rows: usize, count: i32, codes: usize, split: i32, missing: i32, missingLeft: u32, spare: usize,
): i32 {
  const end = rows + (<usize>count << 2);
  const start = rows;
  let left = rows;
  let right = spare;
  for (; rows < end; rows += 4) {
    const r = load<u32>(rows);
    const goes = goesLeft(codes, r, split, missing, missingLeft);
    store<u32>(left, r);
    store<u32>(right, r);
    left += goes << 2;
    right += (goes ^ 1) << 2;
  }
  memory.copy(left, spare, right - spare);
  return <i32>((left - start) >> 2);
}

// A row of the data: what `origin` says, or the row itself where it is 0.
@inline function dataRow(origin: usize, r: u32): usize {
  return origin ? <usize>load<u32>(origin + (<usize>r << 2)) : <usize>r;
}

/** Writes a node's id to `leafOf` of each of its rows. */
export function markLeaf(rows: usize, count: i32, origin: usize, leafOf: usize, leaf: u32): void {
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4) {
    store<u32>(leafOf + (dataRow(origin, load<u32>(rows)) << 2), leaf);
  }
}

/** Marks the rows of a node whose children are leaves, `left` and the next, without reordering. */
export function markLeaves(
  rows: usize, count: i32, codes: usize, split: i32, missing: i32, missingLeft: u32,
  origin: usize, leafOf: usize, left: u32,
): void {
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4) {
    const r = load<u32>(rows);
    const leaf = left + (goesLeft(codes, r, split, missing, missingLeft) ^ 1);
    store<u32>(leafOf + (dataRow(origin, r) << 2), leaf);
  }
}

/** Copies the listed rows of one block of codes (16 bytes a row) next to each other. */
export function gatherCodes(codes: usize, rows: usize, count: i32, out: usize): void {
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4, out += 16) {
    v128.store(out, v128.load(codes + (<usize>load<u32>(rows) << 4)));
  }
}

/** Copies the listed rows' gradient pairs (8 bytes a row) next to each other. */
export function gatherPairs(pairs: usize, rows: usize, count: i32, out: usize): void {
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4, out += 8) {
    store<u64>(out, load<u64>(pairs + (<usize>load<u32>(rows) << 3)));
  }
}

/** Copies the listed rows' rows of the data next to each other. */
export function gatherOrigins(origin: usize, rows: usize, count: i32, out: usize): void {
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4, out += 4) {
    store<u32>(out, <u32>dataRow(origin, load<u32>(rows)));
  }
}

/** margins[row] += values[leafOf[row]], in float32. */
export function addLeafValues(margins: usize, leafOf: usize, values: usize, count: i32): void {
  const end = margins + (<usize>count << 2);
  for (; margins < end; margins += 4, leafOf += 4) {
    store<f32>(margins, load<f32>(margins) + load<f32>(values + (<usize>load<u32>(leafOf) << 2)));
  }
}
