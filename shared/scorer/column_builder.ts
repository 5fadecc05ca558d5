/** From columns of features, as a warehouse has them, to the columns that a model reads. */
import { encodeInput, type InputEncoding, widthOf } from '../bridge/encoding.ts';
import type { FeatureProgram } from '../features/program.ts';

/** Features of some rows by name; NaN and null are missing. */
export interface FeatureColumns {
  /** A column of one's own: what is missing is filled in there. */
  numbers(feature: string): Float64Array;
  texts(feature: string): readonly (string | null)[];
}

/** One column a number of the model's row, in its order. */
export type ColumnBuilder = (features: FeatureColumns) => Float64Array[];

/** @param inputs the model's inputs, in its order; each names a feature of the program */
export function createColumnBuilder(
  { features }: FeatureProgram,
  inputs: readonly InputEncoding[],
): ColumnBuilder {
  const texts = new Set(features.flatMap(({ name, type }) => (type === 'STRING' ? [name] : [])));
  return (given) =>
    inputs.flatMap((input) => {
      if (texts.has(input.name)) return encoded(input, given.texts(input.name));
      const numbers = given.numbers(input.name);
      return input.kind === 'number'
        ? [filled(numbers, input.nullValue)]
        : encoded(input, Array.from(numbers, nanIsNull));
    });
}

const nanIsNull = (number: number): number | null => (Number.isNaN(number) ? null : number);

function filled(numbers: Float64Array, nullValue: number | null): Float64Array {
  if (nullValue === null) return numbers;
  // In place, in a loop: a batch has a hundred million of them.
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isNaN(numbers[i]!)) numbers[i] = nullValue;
  }
  return numbers;
}

/** Each value is encoded once, however often it comes. */
function encoded(
  input: InputEncoding,
  values: readonly (string | number | null)[],
): Float64Array[] {
  const width = widthOf(input);
  const columns = Array.from({ length: width }, () => new Float64Array(values.length));
  const known = new Map<string | number | null, Float64Array>();
  values.forEach((value, row) => {
    let slots = known.get(value);
    if (!slots) {
      slots = new Float64Array(width);
      encodeInput(input, value, slots, 0);
      known.set(value, slots);
    }
    for (let k = 0; k < width; k++) columns[k]![row] = slots[k]!;
  });
  return columns;
}
