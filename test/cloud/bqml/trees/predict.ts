import type { Booster } from '../../../../shared/bridge/booster.ts';
import {
  createForestKernel,
  createWasmForest,
  softmaxRows,
} from '../../../../shared/bridge/kernel/wasm_forest.ts';

// One kernel for all callers: nothing of a call is needed in its memory when it returns.
const kernel = createForestKernel();

/**
 * The margins of rows given as columns (NaN is missing): row-major [rows × groups], bit for bit what
 * XGBoost's cpu_predictor of 0.82 gives. RangeError where the columns do not fit the booster.
 */
export function margins(booster: Booster, columns: readonly Float32Array[]): Float32Array {
  const { featureCount, groupCount } = booster;
  if (columns.length !== featureCount || featureCount === 0) {
    throw new RangeError(`The booster reads ${featureCount} columns, got ${columns.length}.`);
  }
  const rows = columns[0]!.length;
  const uneven = columns.findIndex((column) => column.length !== rows);
  if (uneven >= 0) {
    const got = columns[uneven]!.length;
    throw new RangeError(`Column ${uneven} has ${got} rows, column 0 has ${rows}.`);
  }
  const out = new Float32Array(rows * groupCount);
  createWasmForest(booster, kernel).marginsOfColumns(columns, out);
  return out;
}

/** Probabilities of multi:softprob, row-major like the margins, in XGBoost's float32 arithmetic. */
export function softprob(margins: Float32Array, classes: number): Float32Array {
  if (!(classes >= 1) || margins.length % classes !== 0) {
    throw new RangeError(`${margins.length} margins are not rows of ${classes} classes.`);
  }
  const probabilities = margins.slice();
  softmaxRows(probabilities, classes);
  return probabilities;
}
