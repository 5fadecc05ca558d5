import type { Column } from '../../bigquery/ports.ts';
import { invalidQuery } from '../../errors.ts';
import type { Settings } from '../options/settings.ts';
import { compareText, isComparable, isNull, isNumeric, numbersOf, textAt } from './values.ts';

/** Row numbers by what they are for, each in the order of `order`. */
export interface Split {
  readonly training: Uint32Array;
  readonly evaluation: Uint32Array;
  /** What trials are measured on in the end; none without hyperparameter tuning. */
  readonly test: Uint32Array;
}

const NONE = new Uint32Array();

/**
 * Splits rows by DATA_SPLIT_METHOD ("DATA_SPLIT_METHOD" of the CREATE MODEL pages).
 *
 * - AUTO_SPLIT: below 500 rows all train; up to 50,000 a fifth evaluates; above, 10,000 rows do.
 * - RANDOM: DATA_SPLIT_EVAL_FRACTION of the rows evaluate; without that option as AUTO_SPLIT.
 * - CUSTOM: TRUE and NULL evaluate.
 * - SEQ: rows whose value is at or above the threshold evaluate: the value of the first of the last
 *   n rows in ascending order. NULL sorts first and always trains.
 *
 * Hyperparameter tuning parts rows in three: AUTO_SPLIT evaluates and tests on a tenth each, RANDOM on
 * its two fractions, SEQ tests on the last rows and evaluates on those before them, CUSTOM reads
 * 'TRAIN', 'EVAL' and 'TEST'.
 *
 * @param order row numbers in an order that depends on their content alone: a random split takes
 *   the first of them for evaluation, so the same rows are always split alike.
 * @param column the column of DATA_SPLIT_COL, for CUSTOM and SEQ.
 * @throws {ApiError} invalidQuery for a split column of another type than its method takes.
 */
export function splitRows(settings: Settings, order: Uint32Array, column?: Column): Split {
  const method = settings.text('DATA_SPLIT_METHOD');
  if (method === 'CUSTOM') {
    return settings.isTuned ? splitByWord(order, column!) : splitByFlag(order, column!);
  }
  if (method === 'SEQ') {
    const { evaluation, test } = fractionsOf(settings);
    return splitByValue(order, column!, evaluation, test);
  }
  const { evaluation, test } = countsOf(settings, method, order.length);
  return {
    training: order.slice(evaluation + test),
    evaluation: order.slice(0, evaluation),
    test: order.slice(evaluation, evaluation + test),
  };
}

interface Held {
  readonly evaluation: number;
  readonly test: number;
}

/** The service keeps two decimals of a fraction. */
function fractionsOf(settings: Settings): Held {
  const kept = (option: string) =>
    settings.has(option) ? Math.round(settings.number(option) * 100) / 100 : 0;
  return { evaluation: kept('DATA_SPLIT_EVAL_FRACTION'), test: kept('DATA_SPLIT_TEST_FRACTION') };
}

/** Rows of a random split that do not train. */
function countsOf(settings: Settings, method: string, rows: number): Held {
  const all = (fractions: Held): Held => ({
    evaluation: Math.round(rows * fractions.evaluation),
    test: Math.round(rows * fractions.test),
  });
  if (method === 'NO_SPLIT') return { evaluation: 0, test: 0 };
  if (method === 'RANDOM' && settings.given.has('DATA_SPLIT_EVAL_FRACTION')) {
    return all(fractionsOf(settings));
  }
  if (rows < 500) return { evaluation: 0, test: 0 };
  if (settings.isTuned) return all({ evaluation: 0.1, test: 0.1 });
  return rows > 50_000 ? { evaluation: 10_000, test: 0 } : all({ evaluation: 0.2, test: 0 });
}

/** @throws {ApiError} invalidQuery for a word that says of no row what it is for. */
function splitByWord(order: Uint32Array, column: Column): Split {
  if (column.type.kind !== 'STRING') {
    throw invalidQuery(
      `DATA_SPLIT_METHOD CUSTOM of hyperparameter tuning needs a column of type STRING; ${column.name} is ${column.type.kind}.`,
    );
  }
  const words = column.values as readonly (string | null)[];
  const bad = words.find((word) => !['TRAIN', 'EVAL', 'TEST'].includes(word ?? 'NULL'));
  if (bad !== undefined) {
    throw invalidQuery(
      `The split column ${column.name} must be 'TRAIN', 'EVAL' or 'TEST', but a row has ${bad === null ? 'NULL' : `'${bad}'`}.`,
    );
  }
  const rowsOf = (word: string) => order.filter((row) => words[row] === word);
  return { training: rowsOf('TRAIN'), evaluation: rowsOf('EVAL'), test: rowsOf('TEST') };
}

function splitByFlag(order: Uint32Array, column: Column): Split {
  if (column.type.kind !== 'BOOL') {
    throw invalidQuery(
      `DATA_SPLIT_METHOD CUSTOM needs a column of type BOOL; ${column.name} is ${column.type.kind}.`,
    );
  }
  return {
    training: order.filter((row) => column.values[row] === false),
    evaluation: order.filter((row) => column.values[row] !== false),
    test: NONE,
  };
}

function splitByValue(order: Uint32Array, column: Column, evaluation: number, test: number): Split {
  if (!isComparable(column.type)) {
    throw invalidQuery(
      `DATA_SPLIT_METHOD SEQ needs a column that can be ordered; ${column.name} is ${column.type.kind}.`,
    );
  }
  const ranks = ranksOf(column);
  const ascending = ranks.toSorted();
  // The value of the first of the last n rows: rows that have it too go with them.
  const since = (fraction: number): number =>
    ascending[order.length - Math.round(order.length * fraction)] ?? Number.POSITIVE_INFINITY;
  const [evaluates, tests] = [since(evaluation + test), since(test)];
  const isHeld = (row: number, threshold: number) => ranks[row]! >= Math.max(threshold, 0);
  return {
    training: order.filter((row) => !isHeld(row, evaluates)),
    evaluation: order.filter((row) => isHeld(row, evaluates) && !isHeld(row, tests)),
    test: order.filter((row) => isHeld(row, tests)),
  };
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
