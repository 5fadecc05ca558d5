import type { Column } from '../../bigquery/ports.ts';
import { invalidQuery } from '../../errors.ts';
import type { Settings } from '../options/settings.ts';
import { compareText, isComparable, isNull, isNumeric, numbersOf, textAt } from './values.ts';

/** Row numbers of the training and the evaluation rows, each in the order of `order`. */
export interface Split {
  readonly training: Uint32Array;
  readonly evaluation: Uint32Array;
}

/**
 * Splits rows by DATA_SPLIT_METHOD ("DATA_SPLIT_METHOD" of the CREATE MODEL pages).
 *
 * - AUTO_SPLIT: below 500 rows all train; up to 50,000 a fifth evaluates; above, 10,000 rows do.
 * - RANDOM: DATA_SPLIT_EVAL_FRACTION of the rows evaluate; without that option as AUTO_SPLIT.
 * - CUSTOM: TRUE and NULL evaluate.
 * - SEQ: rows whose value is at or above the threshold evaluate: the value of the first of the last
 *   n rows in ascending order. NULL sorts first and always trains.
 *
 * @param order row numbers in an order that depends on their content alone: a random split takes
 *   the first of them for evaluation, so the same rows are always split alike.
 * @param column the column of DATA_SPLIT_COL, for CUSTOM and SEQ.
 * @throws {ApiError} invalidQuery for a split column of another type than its method takes.
 */
export function splitRows(settings: Settings, order: Uint32Array, column?: Column): Split {
  const method = settings.text('DATA_SPLIT_METHOD');
  if (method === 'CUSTOM') return splitByFlag(order, column!);
  if (method === 'SEQ') return splitByValue(order, column!, fractionOf(settings));
  const count = evaluationCount(settings, method, order.length);
  return { training: order.slice(count), evaluation: order.slice(0, count) };
}

/** The service keeps two decimals of the fraction. */
const fractionOf = (settings: Settings): number =>
  Math.round(settings.number('DATA_SPLIT_EVAL_FRACTION') * 100) / 100;

function evaluationCount(settings: Settings, method: string, rows: number): number {
  if (method === 'NO_SPLIT') return 0;
  if (method === 'RANDOM' && settings.given.has('DATA_SPLIT_EVAL_FRACTION')) {
    return Math.round(rows * fractionOf(settings));
  }
  if (rows < 500) return 0;
  return rows > 50_000 ? 10_000 : Math.round(rows * 0.2);
}

function splitByFlag(order: Uint32Array, column: Column): Split {
  if (column.type.kind !== 'BOOL') {
    throw invalidQuery(
      `DATA_SPLIT_METHOD CUSTOM needs a column of type BOOL; ${column.name} is ${column.type.kind}.`,
    );
  }
  return partition(order, (row) => column.values[row] !== false);
}

function splitByValue(order: Uint32Array, column: Column, fraction: number): Split {
  if (!isComparable(column.type)) {
    throw invalidQuery(
      `DATA_SPLIT_METHOD SEQ needs a column that can be ordered; ${column.name} is ${column.type.kind}.`,
    );
  }
  const ranks = ranksOf(column);
  const last = Math.round(order.length * fraction);
  if (last === 0) return { training: order, evaluation: new Uint32Array() };
  const threshold = ranks.toSorted()[order.length - last]!;
  return partition(order, (row) => ranks[row]! >= threshold && ranks[row]! >= 0);
}

/** Numbers in the order of the values: equal for equal values, −1 for NULL. */
function ranksOf(column: Column): Float64Array {
  const ranks = new Float64Array(column.values.length);
  const present: number[] = [];
  for (let row = 0; row < ranks.length; row++) {
    if (isNull(column, row)) ranks[row] = -1;
    else present.push(row);
  }
  const compare = comparer(column);
  present.sort(compare);
  for (let i = 0, rank = 0; i < present.length; i++) {
    if (i > 0 && compare(present[i - 1]!, present[i]!) !== 0) rank++;
    ranks[present[i]!] = rank;
  }
  return ranks;
}

function comparer(column: Column): (a: number, b: number) => number {
  if (isNumeric(column.type)) {
    const numbers = numbersOf(column);
    // NaN is the smallest FLOAT64.
    const key = (row: number) =>
      Number.isNaN(numbers[row]!) ? Number.NEGATIVE_INFINITY : numbers[row]!;
    return (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
  }
  // The texts of dates and times are in their order, and so are false and true.
  return (a, b) => compareText(textAt(column, a)!, textAt(column, b)!);
}

function partition(order: Uint32Array, evaluates: (row: number) => boolean): Split {
  return {
    training: order.filter((row) => !evaluates(row)),
    evaluation: order.filter((row) => evaluates(row)),
  };
}
