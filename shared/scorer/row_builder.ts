import { encodeInput, type InputEncoding, widthOf } from '../bridge/encoding.ts';
import { createEvaluator, type FeatureEvaluator } from '../features/evaluate.ts';
import type { FeatureProgram } from '../features/program.ts';
import type { Slots } from '../features/slots.ts';

export type FeatureValue = number | string | boolean | null;

/** From an application to the row that a model reads. */
export interface RowBuilder {
  readonly width: number;
  /** The row of an application's features, by name. */
  encode(features: Readonly<Record<string, unknown>>): Float64Array;
  /** @param application a record that the contract allows */
  build(application: Readonly<Record<string, unknown>>): {
    readonly features: Readonly<Record<string, FeatureValue>>;
    readonly row: Float64Array;
  };
  /** Writes the same row into `rows` from `at` on, and keeps no features. @throws {RowError} */
  fill(application: Readonly<Record<string, unknown>>, rows: Float64Array, at: number): void;
  /** Does what `fill` does of rows in slots; undefined where that takes more than their numbers. */
  ofSlots(slots: Slots): SlotFill | undefined;
  /** Sums what each number of a row contributed by the feature that it came from. */
  byFeature(contributions: Float64Array): Record<string, number>;
}

/** @returns false for a row that the features cannot read; `rows` are then unchanged */
export type SlotFill = (rows: Float64Array, at: number) => boolean;

/** @param inputs the model's inputs, in its order; each names a feature of the program */
export function createRowBuilder(
  program: FeatureProgram,
  inputs: readonly InputEncoding[],
): RowBuilder {
  const evaluator = createEvaluator(program);
  const width = inputs.reduce((sum, input) => sum + widthOf(input), 0);
  const encode: RowBuilder['encode'] = (features) => {
    const row = new Float64Array(width);
    let at = 0;
    for (const input of inputs) at = encodeInput(input, features[input.name], row, at);
    return row;
  };
  return {
    width,
    encode,
    build(application) {
      const features = evaluator.record(application);
      return { features, row: encode(features) };
    },
    ...createFill(program, inputs, evaluator, encode),
    byFeature(contributions) {
      let at = 0;
      return Object.fromEntries(
        inputs.map((input) => {
          let sum = 0;
          for (const end = at + widthOf(input); at < end; at++) sum += contributions[at]!;
          return [input.name, sum];
        }),
      );
    },
  };
}

/** Features that are numbers, and become numbers, go from register to row without a name. */
function createFill(
  { features }: FeatureProgram,
  inputs: readonly InputEncoding[],
  evaluator: FeatureEvaluator,
  encode: RowBuilder['encode'],
): Pick<RowBuilder, 'fill' | 'ofSlots'> {
  const places = new Map(features.map(({ name, type }, i) => [name, { i, type }]));
  const numeric = inputs.flatMap((input) => {
    const place = places.get(input.name);
    if (input.kind !== 'number' || !place || place.type === 'STRING') return [];
    return [{ from: place.i, nullValue: input.nullValue ?? Number.NaN }];
  });
  if (numeric.length < inputs.length) {
    return {
      fill: (application, rows, at) => rows.set(encode(evaluator.record(application)), at),
      ofSlots: () => undefined,
    };
  }
  const numbers = new Float64Array(features.length);
  const write = (rows: Float64Array, at: number): void => {
    for (let i = 0; i < numeric.length; i++) {
      const { from, nullValue } = numeric[i]!;
      const number = numbers[from]!;
      rows[at + i] = Number.isNaN(number) ? nullValue : number;
    }
  };
  return {
    fill(application, rows, at) {
      evaluator.evaluate(application, numbers);
      write(rows, at);
    },
    ofSlots(slots) {
      const evaluate = evaluator.ofSlots(slots);
      return (
        evaluate &&
        ((rows, at) => {
          if (!evaluate(numbers)) return false;
          write(rows, at);
          return true;
        })
      );
    },
  };
}
