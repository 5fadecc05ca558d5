/** Labels: classes of a classifier, numbers of a regressor. */
import type { Column } from '../../bigquery/ports.ts';
import type { ScalarType } from '../../bigquery/types.ts';
import { typeText } from '../../bigquery/types.ts';
import { invalidQuery } from '../../errors.ts';
import type { ModelType } from '../options/catalogue.ts';
import { compareAs, isComparable, isNull, isNumeric, numbersOf, textAt } from './values.ts';

/** The label column of a model. */
export interface Label {
  readonly name: string;
  readonly type: ScalarType;
  /**
   * The texts of a classifier's classes in descending order, as real exports list them: the first
   * of two is the positive class. Absent for a regressor.
   */
  readonly classes?: readonly string[];
}

/**
 * Learns the label from all rows of the training query.
 * @throws {ApiError} invalidQuery for NULL labels, a wrong type, too few or too many classes.
 */
export function learnLabel(type: ModelType, column: Column): Label {
  refuseNulls(column);
  return type.task === 'regression' ? learnNumber(column) : learnClasses(type, column);
}

function refuseNulls(column: Column): void {
  let count = 0;
  for (let row = 0; row < column.values.length; row++) count += Number(isNull(column, row));
  if (count > 0) {
    const rows = count === 1 ? 'a NULL value' : `${count} NULL values`;
    throw invalidQuery(`The label column ${column.name} contains ${rows}; a label cannot be NULL.`);
  }
}

function learnNumber(column: Column): Label {
  if (!isNumeric(column.type)) {
    throw invalidQuery(
      `A regression model needs a numeric label; ${column.name} is ${typeText(column.type)}.`,
    );
  }
  if (numbersOf(column).some((x) => !Number.isFinite(x))) {
    throw invalidQuery(`The label column ${column.name} contains NaN or infinite values.`);
  }
  return { name: column.name, type: column.type.kind as ScalarType };
}

function learnClasses(type: ModelType, column: Column): Label {
  if (!isComparable(column.type)) {
    throw invalidQuery(
      `A classification model needs a label that can be grouped; ${column.name} is ${typeText(column.type)}.`,
    );
  }
  const kind = column.type.kind as ScalarType;
  const texts = new Set<string>();
  for (let row = 0; row < column.values.length; row++) texts.add(textAt(column, row)!);
  if (texts.has('NaN')) throw invalidQuery(`The label column ${column.name} contains NaN.`);
  if (texts.size < 2) {
    throw invalidQuery(
      `Classification needs at least 2 unique labels, but the label column ${column.name} has ${texts.size}.`,
    );
  }
  if (texts.size > type.maxClasses) {
    throw invalidQuery(
      `${type.name} supports at most ${type.maxClasses} unique labels, but the label column ${column.name} has ${texts.size}.`,
    );
  }
  const ascending = compareAs(kind);
  return { name: column.name, type: kind, classes: [...texts].sort((a, b) => ascending(b, a)) };
}

/** Class indices of the labels at the given rows (all without); −1 for a class not in the model. */
export function classIndices(label: Label, column: Column, rows?: Uint32Array): Int32Array {
  const places = new Map(label.classes!.map((text, i) => [text, i]));
  const indices = new Int32Array(rows?.length ?? column.values.length);
  for (let i = 0; i < indices.length; i++) {
    indices[i] = places.get(textAt(column, rows ? rows[i]! : i)!) ?? -1;
  }
  return indices;
}

/** What training minimises the loss against: class indices, or the numbers of a regression. */
export const targets = (label: Label, column: Column, rows: Uint32Array): Float64Array =>
  label.classes ? Float64Array.from(classIndices(label, column, rows)) : numbersOf(column, rows);
