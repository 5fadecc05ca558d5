import { type Booster, sumsFromBase } from '../booster.ts';
import type { Forest } from './forest.ts';
import { FOREST_WASM } from './forest_wasm.ts';
import { layOut } from './layout.ts';
import { type Address, type Kernel, kernelFactory, takeMemory } from './wasm.ts';

export { wasmIsThere } from './wasm.ts';

const FLOAT = 4;
/** Rows that are copied in together, and how many numbers they may have. */
const CHUNK_ROWS = 1024;
const CHUNK_NUMBERS = 1 << 20;
/** Laid rows that are walked together: they shall stay in the first-level cache. */
const TILE_BYTES = 20_000;

/** The exports of forest.as.ts; each is described where it stands. */
export interface ForestKernel extends Kernel {
  margins(
    input: Address,
    columnBytes: number,
    rowBytes: number,
    features: number,
    count: number,
    tile: Address,
    tileRows: number,
    packs: Address,
    packCount: number,
    sums: Address,
    groups: number,
    bases: Address,
    baseFirst: number,
  ): void;
  softmax(margins: Address, rows: number, classes: number): void;
}

/** Makes a kernel with a memory of its own. */
export const createForestKernel = kernelFactory<ForestKernel>(FOREST_WASM);

/** @param kernel one that nothing else needs any more: the forest takes all of its memory */
export function createWasmForest(booster: Booster, kernel = createForestKernel()): Forest {
  const { featureCount, groupCount, baseMargins } = booster;
  const baseFirst = Number(sumsFromBase(booster));
  const chunkRows = Math.max(
    1,
    Math.min(CHUNK_ROWS, Math.floor(CHUNK_NUMBERS / Math.max(featureCount, groupCount, 1))),
  );
  const rowBytes = 2 * FLOAT * featureCount;
  const tileRows = Math.max(1, Math.min(chunkRows, Math.floor(TILE_BYTES / Math.max(rowBytes, 1))));
  const [nodes] = takeMemory(kernel, [0]);
  const layout = layOut(booster, nodes!, FLOAT);
  const [, input, tile, sums, bases] = takeMemory(kernel, [
    layout.words.byteLength,
    FLOAT * chunkRows * featureCount,
    rowBytes * tileRows,
    FLOAT * chunkRows * groupCount,
    FLOAT * groupCount,
  ]) as [Address, Address, Address, Address, Address];
  const memory = kernel.memory.buffer;
  new Uint32Array(memory, nodes, layout.words.length).set(layout.words);
  new Float32Array(memory, bases, groupCount).set(baseMargins);
  const cells = new Float32Array(memory, input, chunkRows * featureCount);
  const results = new Float32Array(memory, sums, chunkRows * groupCount);

  const walk = (columnBytes: number, inputRowBytes: number, from: number, out: Float32Array) => {
    const count = Math.min(chunkRows, out.length / groupCount - from);
    kernel.margins(
      input,
      columnBytes,
      inputRowBytes,
      featureCount,
      count,
      tile,
      tileRows,
      layout.packs,
      layout.packCount,
      sums,
      groupCount,
      bases,
      baseFirst,
    );
    for (let i = 0; i < count * groupCount; i++) out[from * groupCount + i] = results[i]!;
  };
  return {
    margins(rows, out) {
      const step = chunkRows * featureCount;
      for (let row = 0, at = 0; row * groupCount < out.length; row += chunkRows, at += step) {
        const end = Math.min(at + step, rows.length);
        for (let i = at; i < end; i++) cells[i - at] = rows[i]!;
        walk(FLOAT, FLOAT * featureCount, row, out);
      }
    },
    marginsOfColumns(columns, out) {
      for (let row = 0; row * groupCount < out.length; row += chunkRows) {
        columns.forEach((column, f) => {
          cells.set(column.subarray(row, row + chunkRows), f * chunkRows);
        });
        walk(FLOAT * chunkRows, FLOAT, row, out);
      }
    },
  };
}

const SOFTMAX_NUMBERS = 1 << 14;
let softmaxKernel: ForestKernel | undefined;

/** Turns each row of `classes` float32 margins into probabilities, with XGBoost's float32 exp. */
export function softmaxRows(margins: Float32Array, classes: number): void {
  softmaxKernel ??= createForestKernel();
  const chunk = classes * Math.max(1, Math.floor(SOFTMAX_NUMBERS / classes));
  const [at] = takeMemory(softmaxKernel, [FLOAT * chunk]) as [Address];
  const cells = new Float32Array(softmaxKernel.memory.buffer, at, chunk);
  for (let i = 0; i < margins.length; i += chunk) {
    const rows = margins.subarray(i, i + chunk);
    cells.set(rows);
    softmaxKernel.softmax(at, rows.length / classes, classes);
    rows.set(cells.subarray(0, rows.length));
  }
}
