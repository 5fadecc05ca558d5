import type { Tree } from '../../../../shared/bridge/booster.ts';
import { Arena } from './kernels/arena.ts';
import { createForestKernel } from './kernels/forest.ts';
import type { Address } from './kernels/trainer.ts';

const NODE_BYTES = 16;
const FLOAT = 4;
const PACK = 8; // trees that are walked together
const CHUNK_ROWS = 1024; // rows that are copied in together
const TILE_BYTES = 20_000; // rows that are walked together: they shall stay in the first-level cache

// One kernel for all callers: nothing of a call is left in its memory when it returns.
const kernel = createForestKernel();
const arena = new Arena(kernel.memory, kernel.heapBase());

/** Up to eight trees of one group, laid out in the kernel's memory. */
interface Pack {
  readonly group: number;
  readonly roots: readonly Address[];
  /** The roots again, as a list that the kernel reads. */
  readonly list: Address;
  /** Splits on the longest way down. */
  readonly depth: number;
}

/**
 * Adds to `sums`, row-major [rows × groups], what the trees give to each row of the columns, in
 * float32 and in tree order. RangeError where a tree reads a feature that there is not, or adds to
 * a group that there is not.
 */
export function addTrees(
  sums: Float32Array,
  groups: number,
  trees: readonly Tree[],
  columns: readonly Float32Array[],
): void {
  const mark = arena.mark();
  try {
    const packs = packsOf(trees, groups, columns.length);
    const walk = createWalk(packs, groups, columns.length);
    const rows = sums.length / groups;
    for (let row = 0; row < rows; row += CHUNK_ROWS) {
      const end = Math.min(row + CHUNK_ROWS, rows);
      walk(
        sums.subarray(row * groups, end * groups),
        columns.map((column) => column.subarray(row, end)),
      );
    }
  } finally {
    arena.release(mark);
  }
}

function packsOf(trees: readonly Tree[], groups: number, features: number): Pack[] {
  const packs: Pack[] = [];
  for (const [group, own] of Map.groupBy(trees, (tree) => tree.group)) {
    if (group >= groups) throw new RangeError(`A tree adds to group ${group} of ${groups}.`);
    for (let i = 0; i < own.length; i += PACK) {
      const laid = own.slice(i, i + PACK).map((tree) => lay(tree, features));
      const roots = laid.map(({ root }) => root);
      const depth = Math.max(...laid.map(({ depth }) => depth));
      packs.push({ group, roots, list: arena.put(Uint32Array.from(roots)), depth });
    }
  }
  return packs;
}

// Lays a tree out level by level, so that siblings stand side by side.
function lay(tree: Tree, features: number): { root: Address; depth: number } {
  const { left, right, feature, threshold, defaultLeft, value } = tree;
  const order = [{ node: 0, depth: 0 }];
  for (const { node, depth } of order) {
    if (left[node]! < 0) continue;
    order.push({ node: left[node]!, depth: depth + 1 }, { node: right[node]!, depth: depth + 1 });
  }
  const root = arena.take(NODE_BYTES * order.length);
  const floats = arena.float32(root, 4 * order.length);
  const words = arena.uint32(root, 4 * order.length);
  let children = 1; // where the next pair of children stands
  for (const [i, { node }] of order.entries()) {
    const isLeaf = left[node]! < 0;
    const read = feature[node]!;
    if (!isLeaf && read >= features) {
      throw new RangeError(`A tree reads feature ${read} of ${features}.`);
    }
    floats[4 * i] = isLeaf ? Number.NaN : threshold[node]!;
    words[4 * i + 1] = isLeaf ? 0 : FLOAT * (defaultLeft[node] ? read : read + features);
    words[4 * i + 2] = NODE_BYTES * (isLeaf ? i : children);
    floats[4 * i + 3] = value[node]!;
    if (!isLeaf) children += 2;
  }
  return { root, depth: order.at(-1)!.depth };
}

type Walk = (sums: Float32Array, columns: readonly Float32Array[]) => void;

// Answers what walks the trees for at most CHUNK_ROWS rows.
function createWalk(packs: readonly Pack[], groups: number, features: number): Walk {
  const rowBytes = 2 * FLOAT * features;
  const tileRows = Math.max(8, Math.floor(TILE_BYTES / rowBytes));
  const laidColumns = arena.take(FLOAT * CHUNK_ROWS * features);
  const tile = arena.take(rowBytes * tileRows);
  const laidSums = arena.take(FLOAT * CHUNK_ROWS * groups);
  const sumBytes = FLOAT * groups;
  return (sums, columns) => {
    const rows = sums.length / groups;
    const inKernel = arena.float32(laidSums, sums.length);
    inKernel.set(sums);
    const cells = arena.float32(laidColumns, CHUNK_ROWS * features);
    columns.forEach((column, f) => {
      cells.set(column, f * CHUNK_ROWS);
    });
    for (let row = 0; row < rows; row += tileRows) {
      const count = Math.min(tileRows, rows - row);
      kernel.layRows(laidColumns + FLOAT * row, features, CHUNK_ROWS, count, tile);
      for (const { group, roots, list, depth } of packs) {
        const to = laidSums + sumBytes * row + FLOAT * group;
        if (roots.length === PACK) {
          kernel.addEightTrees(list, depth, tile, count, rowBytes, to, sumBytes);
          continue;
        }
        for (const root of roots) {
          kernel.addTree(root, depth, tile, count, rowBytes, to, sumBytes);
        }
      }
    }
    sums.set(inKernel);
  };
}

/** Turns each row of `classes` float32 margins into probabilities: XGBoost's common::Softmax. */
export function softmaxRows(margins: Float32Array, classes: number): void {
  const mark = arena.mark();
  const chunk = CHUNK_ROWS * classes;
  const address = arena.take(FLOAT * chunk);
  for (let i = 0; i < margins.length; i += chunk) {
    const rows = margins.subarray(i, i + chunk);
    const inKernel = arena.float32(address, rows.length);
    inKernel.set(rows);
    kernel.softmaxRows(address, rows.length / classes, classes);
    rows.set(inKernel);
  }
  arena.release(mark);
}
