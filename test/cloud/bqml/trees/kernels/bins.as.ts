/** From values to codes: a value's bin, as the byte offset of its slot (see histogram.as.ts). */

// The bin of x: how many of the ascending cuts before the last are <= x, by branchless bisection.
@inline function binOf(cuts: usize, bins: i32, x: f32): i32 {
  let base = cuts;
  let length = bins;
  while (length > 1) {
    const half = length >> 1;
    base = load<f32>(base + (<usize>(half - 1) << 2)) <= x ? base + (<usize>half << 2) : base;
    length -= half;
  }
  return <i32>((base - cuts) >> 2);
}

/**
 * Writes the codes of a column into its lane (16 bytes from row to row): the first bin's is
 * `first`, each further one's 16 more, and the missing value's comes after the last bin's.
 */
export function encode(
  values: usize, count: i32, cuts: usize, bins: i32, first: u32, codes: usize,
): void {
  const end = values + (<usize>count << 2);
  for (; values < end; values += 4, codes += 16) {
    const x = load<f32>(values);
    const bin = x == x ? binOf(cuts, bins, x) : bins;
    store<u16>(codes, <u16>(first + <u32>(bin << 4)));
  }
}

/** Writes one code into a whole lane: of a lane without a feature, or before `encodeSorted`. */
export function fillLane(codes: usize, count: i32, code: u32): void {
  const end = codes + (<usize>count << 4);
  for (; codes < end; codes += 16) store<u16>(codes, <u16>code);
}

/** `encode` for values that come sorted, each with its row (u32); other rows keep their code. */
export function encodeSorted(
  values: usize, rows: usize, count: i32, cuts: usize, bins: i32, first: u32, codes: usize,
): void {
  let bin = 0;
  for (let i = 0; i < count; i++) {
    const x = load<f32>(values + (<usize>i << 2));
    while (bin < bins - 1 && load<f32>(cuts + (<usize>bin << 2)) <= x) bin++;
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    store<u16>(codes + (row << 4), <u16>(first + <u32>(bin << 4)));
  }
}

/** What a column has beside finite values: bit 0 missing ones, bit 1 +inf, bit 2 -inf. */
export function survey(values: usize, count: i32): i32 {
  let found = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const x = load<f32>(values + (i << 2));
    found |= <i32>(x != x) | (<i32>(x == <f32>Infinity) << 1) | (<i32>(x == -<f32>Infinity) << 2);
  }
  return found;
}
