import type { TrainingOptions } from '../options.ts';

/** What is trained on, or evaluated with. */
export interface TrainingRows {
  /** One Float32Array a feature, one value a row; NaN is missing. */
  readonly columns: readonly Float32Array[];
  /** Class index 0..classes-1, or the target of a regression. */
  readonly labels: Float32Array;
  /** Instance weights; all 1 where absent. */
  readonly weights?: Float32Array;
}

/** RangeError that names the first thing about the rows that cannot be trained on. */
export function checkRows(
  training: TrainingRows,
  evaluation: TrainingRows | undefined,
  options: TrainingOptions,
): void {
  checkOnly('training', training, options);
  if (evaluation === undefined) return;
  checkOnly('evaluation', evaluation, options);
  const [own, theirs] = [evaluation.columns.length, training.columns.length];
  if (own !== theirs) {
    throw new RangeError(`The evaluation rows have ${own} columns, the training rows ${theirs}.`);
  }
}

function checkOnly(
  what: string,
  { columns, labels, weights }: TrainingRows,
  options: TrainingOptions,
): void {
  const refuse = (problem: string) => {
    throw new RangeError(`The ${what} rows ${problem}`);
  };
  if (columns.length === 0) refuse('have no feature columns.');
  if (labels.length === 0) refuse('are none: a tree needs at least one.');
  const count = labels.length;
  columns.forEach((column, f) => {
    if (column.length !== count) {
      refuse(`have ${count} labels, but column ${f} has ${column.length} values.`);
    }
  });
  if (weights !== undefined && weights.length !== count) {
    refuse(`have ${count} labels, but ${weights.length} weights.`);
  }
  const { test, wanted } = labelsOf(options);
  const badLabel = labels.findIndex((label) => !test(label));
  if (badLabel >= 0) {
    refuse(`have the label ${labels[badLabel]} in row ${badLabel}; it must be ${wanted}.`);
  }
  const badWeight = weights?.findIndex((weight) => !(weight >= 0 && weight < Infinity)) ?? -1;
  if (badWeight >= 0) {
    refuse(`have the weight ${weights![badWeight]} in row ${badWeight}; it must be 0 or more.`);
  }
}

function labelsOf({ objective, classes }: TrainingOptions) {
  const among = (count: number) => (label: number) =>
    Number.isInteger(label) && label >= 0 && label < count;
  switch (objective) {
    case 'reg:linear':
      return { test: Number.isFinite, wanted: 'a finite number' };
    case 'binary:logistic':
      return { test: among(2), wanted: '0 or 1' };
    case 'multi:softprob':
      return { test: among(classes), wanted: `a class from 0 to ${classes - 1}` };
  }
}
