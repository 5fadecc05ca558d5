/** Between two thresholds of every tree nothing changes: where on a way something does. */
import type { Booster } from '../bridge/booster.ts';
import { type InputEncoding, widthOf } from '../bridge/encoding.ts';
import type { FeatureProgram } from '../features/program.ts';

/** Names the cell of a row among all thresholds, as far as a field can move it. */
export type CellName = (row: Float64Array, field: string) => string;

/** @param inputs what the numbers of a row are, in order */
export function createCellName(
  booster: Booster,
  program: FeatureProgram,
  inputs: readonly InputEncoding[],
): CellName {
  const thresholds = thresholdsOf(booster);
  const columns = new Map<string, number[]>();
  let at = 0;
  for (const input of inputs) {
    const { reads } = program.features.find(({ name }) => name === input.name)!;
    const end = at + widthOf(input);
    for (; at < end; at++) {
      if (thresholds[at]!.length === 0) continue;
      for (const field of reads) columns.set(field, [...(columns.get(field) ?? []), at]);
    }
  }
  return (row, field) => {
    let name = '';
    for (const column of columns.get(field) ?? []) {
      name += `${intervalOf(row[column]!, thresholds[column]!)},`;
    }
    return name;
  };
}

/** What the trees compare each number of a row with, ascending. */
function thresholdsOf({ trees, featureCount }: Booster): Float32Array[] {
  const found = Array.from({ length: featureCount }, () => new Set<number>());
  for (const { left, feature, threshold } of trees) {
    left.forEach((child, node) => {
      if (child >= 0) found[feature[node]!]!.add(threshold[node]!);
    });
  }
  return found.map((values) => Float32Array.from(values).sort());
}

/** How many thresholds a number is not below; -1 for a missing one. */
function intervalOf(value: number, thresholds: Float32Array): number {
  if (Number.isNaN(value)) return -1;
  const rounded = Math.fround(value);
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rounded < thresholds[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Places that are looked at before differences are narrowed down: shorter ways are read whole. */
const LOOKS = 64;

/**
 * The first place of every cell that a way enters, ascending, place 0 apart. Complete where the way
 * has at most 64 places, and where no cell is left and entered again between two of 64 looks: so
 * for every feature that only rises or only falls in between.
 *
 * @param cellAt the name of the cell of a place
 */
export function cellStarts(places: number, cellAt: (place: number) => string): number[] {
  const starts: number[] = [];
  const narrow = (low: number, lowCell: string, high: number, highCell: string): void => {
    if (lowCell === highCell) return;
    if (high - low === 1) {
      starts.push(high);
      return;
    }
    const middle = (low + high) >> 1;
    const cell = cellAt(middle);
    narrow(low, lowCell, middle, cell);
    narrow(middle, cell, high, highCell);
  };
  const looks = Math.min(places, LOOKS);
  let from = 0;
  let fromCell = cellAt(0);
  for (let i = 1; i <= looks; i++) {
    const to = Math.round((i * places) / looks);
    const toCell = cellAt(to);
    narrow(from, fromCell, to, toCell);
    from = to;
    fromCell = toCell;
  }
  return starts;
}
