import type { Column } from '../../bigquery/ports.ts';
import { invalidQuery } from '../../errors.ts';
import type { Settings } from '../options/settings.ts';
import type { Label } from './labels.ts';
import { numbersOf } from './values.ts';

/**
 * The weight of every class, by AUTO_CLASS_WEIGHTS or CLASS_WEIGHTS; undefined without either.
 * AUTO_CLASS_WEIGHTS: rows / (rows of the class · classes), over the training rows.
 * @param indices class indices of the training rows.
 * @throws {ApiError} invalidQuery when CLASS_WEIGHTS misses a label or names another.
 */
export function classWeights(
  settings: Settings,
  label: Label,
  indices: Float64Array,
): Float64Array | undefined {
  const { classes } = label;
  if (!classes) return undefined;
  if (settings.flag('AUTO_CLASS_WEIGHTS')) {
    const counts = new Float64Array(classes.length);
    for (const index of indices) counts[index]!++;
    return counts.map((count) => indices.length / (Math.max(count, 1) * classes.length));
  }
  const given = settings.classWeights();
  if (!given) return undefined;
  const byLabel = new Map(given);
  const missing = classes.filter((text) => !byLabel.has(text));
  if (missing.length > 0) {
    throw invalidQuery(`CLASS_WEIGHTS lacks a weight for the label '${missing[0]}'.`);
  }
  const unknown = given.find(([text]) => !classes.includes(text));
  if (unknown) {
    throw invalidQuery(`CLASS_WEIGHTS has a weight for '${unknown[0]}', which is not a label.`);
  }
  return Float64Array.from(classes, (text) => byLabel.get(text)!);
}

/**
 * The weight of each row: of INSTANCE_WEIGHT_COL or of its class; undefined where all are 1.
 * @throws {ApiError} invalidQuery for instance weights that are NULL, negative or not finite.
 */
export function rowWeights(
  indices: Float64Array,
  rows: Uint32Array,
  byClass: Float64Array | undefined,
  column: Column | undefined,
): Float64Array | undefined {
  if (byClass) return indices.map((index) => byClass[index]!);
  if (!column) return undefined;
  const weights = numbersOf(column, rows);
  if (weights.some((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))) {
    const rule = 'must be finite and not negative, and cannot be NULL';
    throw invalidQuery(`The weights of INSTANCE_WEIGHT_COL ${column.name} ${rule}.`);
  }
  return weights;
}
