/** Sorting float32 values with a payload by radix, least digit first: stable, three passes. */

const DIGIT: i32 = 11;
const BUCKETS: i32 = 1 << DIGIT;
const counts: usize = memory.data(3 * 4 * BUCKETS, 16);

/** An unsigned key that sorts as the value does. -0 becomes 0; NaN has no place. */
@inline export function sortKey(value: f32): u32 {
  const bits = reinterpret<u32>(value + 0);
  return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
}

/** The value of a `sortKey`. */
@inline export function keyValue(key: u32): f32 {
  return reinterpret<f32>(key ^ (~<u32>(<i32>key >> 31) | 0x80000000));
}

/**
 * Sorts `count` entries of 8 bytes (u32 key, 4 bytes of payload) by key; equal keys keep their
 * order. `spare` is as large. Returns where the sorted entries are: `entries` or `spare`.
 */
export function sortEntries(entries: usize, count: i32, spare: usize): usize {
  const end = entries + (<usize>count << 3);
  memory.fill(counts, 0, 3 * 4 * BUCKETS);
  for (let at = entries; at < end; at += 8) {
    const key = load<u32>(at);
    for (let digit = 0; digit < 3; digit++) {
      const bucket = bucketOf(key, digit);
      store<u32>(bucket, load<u32>(bucket) + 1);
    }
  }
  let from = entries;
  let to = spare;
  for (let digit = 0; digit < 3; digit++) {
    if (load<u32>(bucketOf(load<u32>(from), digit)) == <u32>count) continue; // all in one bucket
    let next: u32 = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const at = counts + (<usize>(digit * BUCKETS + bucket) << 2);
      const size = load<u32>(at);
      store<u32>(at, next);
      next += size;
    }
    for (let i = 0; i < count; i++) {
      const entry = load<u64>(from + (<usize>i << 3));
      const bucket = bucketOf(<u32>entry, digit);
      const place = load<u32>(bucket);
      store<u32>(bucket, place + 1);
      store<u64>(to + (<usize>place << 3), entry);
    }
    const sorted = to;
    to = from;
    from = sorted;
  }
  return from;
}

@inline function bucketOf(key: u32, digit: i32): usize {
  return counts + (<usize>(digit * BUCKETS + <i32>((key >> (digit * DIGIT)) & (BUCKETS - 1))) << 2);
}

/**
 * Sorts a column: values ascending with their rows (u32), rows ascending among equals. Missing
 * values are left out. `work` has 16 bytes a row. Returns how many values there are.
 */
export function sortColumn(
  values: usize, count: i32, work: usize, sortedValues: usize, sortedRows: usize,
): i32 {
  let present = 0;
  for (let i = 0; i < count; i++) {
    const x = load<f32>(values + (<usize>i << 2));
    if (x != x) continue;
    const entry = work + (<usize>(present++) << 3);
    store<u32>(entry, sortKey(x));
    store<u32>(entry, i, 4);
  }
  if (present == 0) return 0;
  let entry = sortEntries(work, present, work + (<usize>count << 3));
  for (let i = 0; i < present; i++, entry += 8) {
    store<f32>(sortedValues + (<usize>i << 2), keyValue(load<u32>(entry)));
    store<u32>(sortedRows + (<usize>i << 2), load<u32>(entry, 4));
  }
  return present;
}
