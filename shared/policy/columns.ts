/** What `policy.sql` says of an application, and how the policy's conditions look at it. */
import { createEvaluator, type SlotEvaluate } from '../features/evaluate.ts';
import type { FeatureProgram } from '../features/program.ts';
import type { Slots } from '../features/slots.ts';
import type { Figure, When } from './document.ts';

/** One number a column: BOOL is 0 or 1, NaN what cannot be known. */
export type Values = Float64Array;

export interface Reading {
  readonly values: Values;
  /** Why nothing could be read; every value is NaN then. */
  readonly fault?: unknown;
}

export type Reader = (application: Readonly<Record<string, unknown>>) => Reading;

/** Total: whatever the application, there is a reading. @throws {ProgramError} for the program */
export function createReader(program: FeatureProgram): Reader {
  const evaluator = createEvaluator(program);
  return (application) => {
    const values = new Float64Array(program.features.length);
    try {
      evaluator.evaluate(application, values);
      return { values };
    } catch (fault) {
      return { values: values.fill(Number.NaN), fault };
    }
  };
}

/**
 * Reads the same of applications that lie in slots; false where `createReader`'s has a fault.
 * @returns undefined where an input of the program is not there
 * @throws {ProgramError} for the program
 */
export const createSlotReader = (program: FeatureProgram, slots: Slots): SlotEvaluate | undefined =>
  createEvaluator(program).ofSlots(slots);

/** Where a column is. @throws {Error} naming one that there is not */
export type ColumnAt = (name: string) => number;

export function createColumnAt({ features }: FeatureProgram): ColumnAt {
  const places = new Map(features.map(({ name }, place) => [name, place]));
  return (name) => {
    const place = places.get(name);
    if (place === undefined) throw new Error(`policy.sql has no column ${name}`);
    return place;
  };
}

/** Whether a condition holds; undefined where a column that it hangs on cannot be known. */
export type Condition = (values: Values) => boolean | undefined;

const always: Condition = () => true;

export function compileWhen(when: When | undefined, columnAt: ColumnAt): Condition {
  if (!when) return always;
  // A segment is a figure that must reach 1.
  const floors = [
    ...when.segments.map((name) => [columnAt(name), 1] as const),
    ...Object.entries(when.at_least).map(([name, bound]) => [columnAt(name), bound] as const),
  ];
  const ceilings = Object.entries(when.below).map(
    ([name, bound]) => [columnAt(name), bound] as const,
  );
  return (values) => {
    let known = true;
    for (const [at, bound] of floors) {
      if (values[at]! < bound) return false;
      if (Number.isNaN(values[at])) known = false;
    }
    for (const [at, bound] of ceilings) {
      if (values[at]! >= bound) return false;
      if (Number.isNaN(values[at])) known = false;
    }
    return known || undefined;
  };
}

/** A figure of an application; NaN where it cannot be known. */
export type Amount = (values: Values) => number;

export function compileFigure(figure: Figure, columnAt: ColumnAt): Amount {
  if (typeof figure === 'number') return () => figure;
  const at = columnAt(figure);
  return (values) => values[at]!;
}

/**
 * The first row whose condition holds; undefined where that cannot be known, since a row before
 * may hold.
 */
export function firstRow<Row extends { readonly holds: Holds }>(
  rows: readonly Row[],
  values: Values,
  pd: number | undefined,
): Row | undefined {
  for (const row of rows) {
    const holds = row.holds(values, pd);
    if (holds === undefined) return undefined;
    if (holds) return row;
  }
  return undefined;
}

export type Holds = (values: Values, pd: number | undefined) => boolean | undefined;
