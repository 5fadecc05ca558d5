/** What the tests of training share. */
import type { Booster } from '../../../../shared/bridge/booster.ts';
import { syntheticRows } from '../../../bench/training_data.ts';
import { DEFAULT_OPTIONS, type TrainingOptions, type TrainingRows, train } from './train.ts';

export const METHODS = ['HIST', 'EXACT', 'APPROX'] as const;
export const LOGISTIC = { objective: 'binary:logistic', classes: 1 } as const;
export const REGRESSION = { objective: 'reg:linear', classes: 1 } as const;

/** Three rounds of the defaults, changed. */
export function options(changes: Partial<TrainingOptions>): TrainingOptions {
  return { ...DEFAULT_OPTIONS, maxIterations: 3, earlyStop: false, ...changes };
}

export async function boosterOf(
  rows: TrainingRows,
  changes: Partial<TrainingOptions> = {},
): Promise<Booster> {
  return (await train(rows, undefined, options(changes))).booster;
}

export function rowsOf(
  columns: readonly (readonly number[])[],
  labels: readonly number[],
): TrainingRows {
  return {
    columns: columns.map((column) => Float32Array.from(column)),
    labels: Float32Array.from(labels),
  };
}

export function range(count: number, number: (i: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => number(i));
}

/** Rows of one population, some values missing. */
export const rows = syntheticRows({ rows: 2000, features: 12, missing: 0.05, seed: 1 });
export const unseen = syntheticRows({ rows: 2000, features: 12, missing: 0.05, seed: 2 });
export const threeClasses: TrainingRows = {
  ...rows,
  labels: rows.labels.map((label, i) => (i % 5 === 0 ? 2 : label)),
};
