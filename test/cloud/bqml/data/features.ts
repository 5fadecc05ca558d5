/** Features: what the training rows taught about them, frozen for prediction. */
import type { Column } from '../../bigquery/ports.ts';
import type { ScalarType } from '../../bigquery/types.ts';
import { DEFAULT_RESOLUTION } from '../monitoring/distribution.ts';
import { type Histogram, histogramOf } from '../monitoring/histogram.ts';
import { median } from './quantiles.ts';
import { compareText, isNull, numbersOf, textAt } from './values.ts';

/** Line 0 of an exported vocabulary: the category of NULL. */
export const NULL_CATEGORY = '_null_filler';

/** Where a feature's values come from: a column, or a field of a STRUCT column. */
export interface Source {
  /** The column's name, or `column_field`. */
  readonly name: string;
  readonly column: string;
  readonly field?: string;
  readonly type: ScalarType;
}

export interface NumericFeature extends Source {
  readonly kind: 'numeric';
  /** Of the values that are neither NULL nor NaN; all NaN where there is none. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly median: number;
  /** Of a sample, as GoogleSQL's STDDEV: NaN for fewer than two values. */
  readonly stddev: number;
  readonly nullCount: number;
  /** For ML.VALIDATE_DATA_SKEW; models of before have none. */
  readonly histogram?: Histogram;
}

export interface CategoricalFeature extends Source {
  readonly kind: 'categorical';
  /** `NULL_CATEGORY`, then the categories in ascending order. A value's code is its place here. */
  readonly vocabulary: readonly string[];
  /** Training rows of each category, NULL's first. */
  readonly counts: readonly number[];
  readonly nullCount: number;
}

export type Feature = NumericFeature | CategoricalFeature;

/** The code of a category that training did not see. */
export const UNSEEN = -1;

/** Values of a feature at some rows, ready to be encoded. */
export type Coded =
  | { readonly kind: 'numeric'; readonly values: Float64Array }
  | { readonly kind: 'categorical'; readonly codes: Int32Array };

/** Learns a numeric feature from its training rows. Infinite values count as they are. */
export function learnNumeric(source: Source, column: Column, rows: Uint32Array): NumericFeature {
  const values = numbersOf(column, rows);
  const nullCount = countNulls(column, rows);
  const histogram = histogramOf(values, DEFAULT_RESOLUTION.buckets);
  const numbers = withoutNaN(values);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]!;
    if (x < min) min = x;
    if (x > max) max = x;
    sum += x;
  }
  const mean = sum / numbers.length;
  let squares = 0;
  for (let i = 0; i < numbers.length; i++) squares += (numbers[i]! - mean) ** 2;
  // A constant is told by its range: rounding of the mean must not make it vary.
  const stddev = min === max ? 0 : Math.sqrt(squares / (numbers.length - 1));
  return {
    ...source,
    kind: 'numeric',
    min: numbers.length === 0 ? Number.NaN : min,
    max: numbers.length === 0 ? Number.NaN : max,
    mean,
    median: median(numbers),
    stddev: numbers.length < 2 ? Number.NaN : stddev,
    nullCount,
    // NULLs were NaN among the values.
    histogram: { ...histogram, nan: histogram.nan - nullCount },
  };
}

function withoutNaN(numbers: Float64Array): Float64Array {
  let count = 0;
  for (let i = 0; i < numbers.length; i++) {
    if (!Number.isNaN(numbers[i]!)) numbers[count++] = numbers[i]!;
  }
  return numbers.subarray(0, count);
}

function countNulls(column: Column, rows: Uint32Array): number {
  if (column.values instanceof Float64Array && !column.nulls) return 0;
  let count = 0;
  for (let i = 0; i < rows.length; i++) if (isNull(column, rows[i]!)) count++;
  return count;
}

/** Learns the vocabulary of a categorical feature from its training rows. */
export function learnCategorical(
  source: Source,
  column: Column,
  rows: Uint32Array,
): CategoricalFeature {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const text = textAt(column, row) ?? NULL_CATEGORY;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const nulls = counts.get(NULL_CATEGORY) ?? 0;
  counts.delete(NULL_CATEGORY);
  const vocabulary = [...counts.keys()].sort(compareText);
  return {
    ...source,
    kind: 'categorical',
    vocabulary: [NULL_CATEGORY, ...vocabulary],
    counts: [nulls, ...vocabulary.map((text) => counts.get(text)!)],
    nullCount: countNulls(column, rows),
  };
}

/**
 * The feature's values at the given rows (all without). A NULL number is the training mean, a NaN
 * stays one; categories become codes.
 */
export function code(feature: Feature, column: Column, rows?: Uint32Array): Coded {
  if (feature.kind === 'numeric') {
    return { kind: 'numeric', values: numbersOf(column, rows, feature.mean) };
  }
  const places = new Map(feature.vocabulary.map((text, i) => [text, i]));
  const codes = new Int32Array(rows?.length ?? column.values.length);
  for (let i = 0; i < codes.length; i++) {
    const text = textAt(column, rows ? rows[i]! : i);
    codes[i] = text === null ? 0 : (places.get(text) ?? UNSEEN);
  }
  return { kind: 'categorical', codes };
}
