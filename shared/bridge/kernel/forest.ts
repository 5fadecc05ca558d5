import type { Booster } from '../booster.ts';
import { createPlainForest } from './plain_forest.ts';
import { createWasmForest, wasmIsThere } from './wasm_forest.ts';

/**
 * An ensemble laid out for speed. Its margins have XGBoost's bits: float32 inputs and thresholds,
 * leaves and base margin summed in its order.
 */
export interface Forest {
  /**
   * @param rows row-major, `featureCount` numbers a row, rounded to float32; NaN is missing
   * @param out row-major, `groupCount` margins a row: says how many rows there are
   */
  margins(rows: Float32Array | Float64Array, out: Float32Array): void;
  /** The same for a table that lies in columns, one a feature. */
  marginsOfColumns(columns: readonly Float32Array[], out: Float32Array): void;
}

/**
 * In WebAssembly, or in plain TypeScript where the runtime has none (`node --jitless`).
 * @throws {RangeError} where a tree reads a feature or adds to a group that there is not
 */
export const createForest = (booster: Booster): Forest =>
  wasmIsThere() ? createWasmForest(booster) : createPlainForest(booster);
