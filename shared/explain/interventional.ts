/**
 * Exact interventional SHAP: what each feature adds to the margin of one application, against a
 * background of others (Lundberg et al. 2020, "From local explanations to global understanding",
 * algorithm 3).
 *
 * Shapley values of the game in which an unknown feature has a background row's value, averaged
 * over the background. To a leaf of value w, one background row and the application matter through
 * the features of its path alone: with X those at which only the application stays on the path and
 * B those at which only the background row does, and nobody elsewhere leaves it, a feature in X
 * receives w·(|X|−1)!·|B|!/(|X|+|B|)!, and one in B loses w·|X|!·(|B|−1)!/(|X|+|B|)!. X depends on
 * the background row only and B on the application only, so rows of the background with the same X
 * are counted once, before any application is seen.
 */
import type { Booster } from '../bridge/booster.ts';
import { createForest } from '../bridge/kernel/forest.ts';
import { type BackgroundTable, buildBackgroundTable, type SlotSets } from './background_table.ts';
import type { TreeExplainer } from './tree_shap.ts';

/**
 * @param signs sign of each tree group in the explained margin
 * @param background row-major, `featureCount` numbers a row, at least one row
 * @throws {RangeError} for a background without rows, or with half ones
 */
export function createInterventionalExplainer(
  booster: Booster,
  signs: readonly number[],
  background: Float32Array,
): TreeExplainer {
  const { featureCount } = booster;
  const count = background.length / featureCount;
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(
      `A background of ${background.length} numbers is no rows of ${featureCount} features.`,
    );
  }
  const rows = Array.from({ length: count }, (_, i) =>
    background.subarray(i * featureCount, (i + 1) * featureCount),
  );
  const table = buildBackgroundTable(booster, signs, rows);
  return {
    baseline: meanMargin(booster, signs, background, count),
    explain: createWalk(table),
  };
}

function meanMargin(
  booster: Booster,
  signs: readonly number[],
  background: Float32Array,
  count: number,
): number {
  const margins = new Float32Array(count * signs.length);
  createForest(booster).margins(background, margins);
  return margins.reduce((sum, margin, i) => sum + (signs[i % signs.length]! * margin) / count, 0);
}

function createWalk(table: BackgroundTable): TreeExplainer['explain'] {
  const goesLeft = new Uint8Array(table.feature.length);
  const broken = new Uint8Array(table.mostSlots);
  const shares = sharesUpTo(table.mostSlots);
  return (row, contributions) => {
    contributions.fill(0);
    askSplits(table, row, goesLeft);
    for (let leaf = 0; leaf < table.leaves; leaf++) {
      breakSlots(table, leaf, goesLeft, broken);
      addLeaf(table, leaf, broken, shares, contributions);
    }
  };
}

function askSplits(
  { feature, threshold, defaultLeft }: BackgroundTable,
  row: Float32Array,
  goesLeft: Uint8Array,
): void {
  for (let i = 0; i < feature.length; i++) {
    const value = row[feature[i]!]!;
    goesLeft[i] = Number.isNaN(value) ? defaultLeft[i]! : Number(value < threshold[i]!);
  }
}

/** Marks the slots at which the application leaves a leaf's path: B. */
function breakSlots(
  { edgeStart, edgeSplit, edgeLeft, edgeSlot }: BackgroundTable,
  leaf: number,
  goesLeft: Uint8Array,
  broken: Uint8Array,
): void {
  broken.fill(0);
  for (let edge = edgeStart[leaf]!, end = edgeStart[leaf + 1]!; edge < end; edge++) {
    if (goesLeft[edgeSplit[edge]!] !== edgeLeft[edge]) broken[edgeSlot[edge]!] = 1;
  }
}

function addLeaf(
  { slotStart, slotFeature, groupStart, groupSet, groupWeight, sets }: BackgroundTable,
  leaf: number,
  broken: Uint8Array,
  shares: readonly Float64Array[],
  contributions: Float64Array,
): void {
  const { start, slot: slotOf, mask: maskOf } = sets;
  const first = slotStart[leaf]!;
  const width = slotStart[leaf + 1]! - first;
  let [others, mask, lost] = [0, 0, 0];
  for (let slot = 0; slot < width; slot++) {
    others += broken[slot]!;
    mask |= broken[slot]! << slot;
  }
  for (let group = groupStart[leaf]!, end = groupStart[leaf + 1]!; group < end; group++) {
    const set = groupSet[group]!;
    // Where both leave the path, nothing leads to this leaf.
    if ((maskOf[set]! & mask) !== 0 && (width <= 32 || meet(sets, set, broken))) continue;
    const from = start[set]!;
    const own = start[set + 1]! - from;
    const weight = groupWeight[group]!;
    if (others > 0) lost += weight * shares[own]![others - 1]!;
    if (own === 0) continue;
    const given = weight * shares[own - 1]![others]!;
    for (let i = 0; i < own; i++) contributions[slotFeature[first + slotOf[from + i]!]!]! += given;
  }
  if (others === 0) return;
  for (let slot = 0; slot < width; slot++) {
    if (broken[slot] === 1) contributions[slotFeature[first + slot]!]! -= lost;
  }
}

const meet = ({ start, slot }: SlotSets, set: number, broken: Uint8Array): boolean =>
  slot.subarray(start[set]!, start[set + 1]!).some((each) => broken[each] === 1);

/** a!·b!/(a+b+1)! by a and b, whose sum is below `most`. */
function sharesUpTo(most: number): Float64Array[] {
  return Array.from({ length: most }, (_, a) => {
    const row = new Float64Array(most - a).fill(1 / (a + 1));
    for (let b = 1; b < row.length; b++) row[b] = (row[b - 1]! * b) / (a + b + 1);
    return row;
  });
}
