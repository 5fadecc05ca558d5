/** The k-th smallest number (from 0), by Hoare's quickselect; the array is reordered. */
export function select(numbers: Float64Array, k: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const pivot = numbers[(low + high) >> 1]!;
    let i = low - 1;
    let j = high + 1;
    for (;;) {
      do i++;
      while (numbers[i]! < pivot);
      do j--;
      while (numbers[j]! > pivot);
      if (i >= j) break;
      const swap = numbers[i]!;
      numbers[i] = numbers[j]!;
      numbers[j] = swap;
    }
    if (k <= j) high = j;
    else low = j + 1;
  }
  return numbers[k]!;
}

/** The median; the mean of the two middle numbers of an even count; NaN without numbers. */
export function median(numbers: Float64Array): number {
  const { length } = numbers;
  if (length === 0) return Number.NaN;
  const copy = numbers.slice();
  const upper = select(copy, length >> 1);
  if (length % 2 === 1) return upper;
  // After the selection everything before the upper middle is at most it.
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length >> 1; i++) lower = Math.max(lower, copy[i]!);
  return (lower + upper) / 2;
}
