/** A trained linear model, its weights on the scale of the features. */
import type { Coded, Feature } from '../data/features.ts';
import type { FitResult } from './fit.ts';
import type { Term } from './terms.ts';

/** The weights of one margin. */
export interface LinearOutput {
  readonly intercept: number;
  /** By feature: a number's weight, or the weight of each code of a vocabulary. */
  readonly weights: readonly (number | readonly number[])[];
}

/** Standard errors on the standardised scale, by feature; NaN for a category that was dropped. */
export interface LinearErrors {
  readonly intercept: number;
  readonly weights: readonly (number | readonly number[])[];
}

export interface LinearModel {
  readonly fitIntercept: boolean;
  /** One, or one a class for more than two classes. */
  readonly outputs: readonly LinearOutput[];
  readonly errors?: LinearErrors;
}

/**
 * Brings fitted weights onto the scale of the features.
 *
 * Some weights can trade a constant without changing any prediction: one-hot slots with the
 * intercept, and the classes of a softmax with each other. Such constants are settled as a vanishing
 * L2 penalty would: the mean over a feature's categories and over the classes is 0. Where there is
 * a penalty it has settled all but the mean of the intercepts. The weight of an unseen category is 0.
 *
 * @param penalised whether the fit had an L1 or L2 penalty.
 */
export function linearModel(
  terms: readonly Term[],
  fitted: FitResult,
  intercept: boolean,
  penalised: boolean,
): LinearModel {
  const width = terms.reduce((sum, term) => sum + slotsOf(term), 0) + Number(intercept);
  const outputs = split(fitted.weights, width);
  if (outputs.length > 1) {
    const settled = penalised ? width - Number(intercept) : 0;
    for (let i = settled; i < width; i++) center(outputs, i);
  }
  const errors = fitted.standardErrors && errorsOf(terms, fitted.standardErrors, intercept);
  return {
    fitIntercept: intercept,
    outputs: outputs.map((w) => outputOf(terms, w, intercept, intercept && !penalised)),
    ...(errors ? { errors } : {}),
  };
}

const split = (weights: Float64Array, width: number): Float64Array[] =>
  Array.from({ length: weights.length / width }, (_, k) =>
    weights.slice(k * width, (k + 1) * width),
  );

function center(outputs: readonly Float64Array[], i: number): void {
  const mean = outputs.reduce((sum, weights) => sum + weights[i]!, 0) / outputs.length;
  for (const weights of outputs) weights[i]! -= mean;
}

const slotsOf = (term: Term): number => (term.kind === 'numeric' ? 1 : term.width);

function outputOf(
  terms: readonly Term[],
  fitted: Float64Array,
  intercept: boolean,
  settle: boolean,
): LinearOutput {
  let constant = intercept ? fitted.at(-1)! : 0;
  let at = 0;
  const weights = terms.map((term) => {
    const slots = fitted.subarray(at, at + slotsOf(term));
    at += slots.length;
    if (term.kind === 'numeric') {
      const weight = term.scale === 0 ? 0 : slots[0]! / term.scale;
      constant -= weight * term.center;
      return weight;
    }
    const mean = settle && isOneHot(term) ? slots.reduce((a, b) => a + b, 0) / slots.length : 0;
    constant += mean;
    return Array.from(term.slots, (slot) => (slot < 0 ? 0 : slots[slot]! - mean));
  });
  return { intercept: constant, weights };
}

/** Whether every category has a slot, NULL aside: then the slots of a row add up to 1. */
const isOneHot = (term: Term): boolean =>
  term.kind === 'categorical' && term.slots.subarray(1).every((slot) => slot >= 0);

function errorsOf(terms: readonly Term[], errors: Float64Array, intercept: boolean): LinearErrors {
  let at = 0;
  const weights = terms.map((term) => {
    const slots = errors.subarray(at, at + slotsOf(term));
    at += slots.length;
    if (term.kind === 'numeric') return slots[0]!;
    return Array.from(term.slots, (slot) => (slot < 0 ? Number.NaN : slots[slot]!));
  });
  return { intercept: intercept ? errors.at(-1)! : Number.NaN, weights };
}

/** The margins of one output at coded rows. NaN counts as the training mean. */
export function linearMargins(
  output: LinearOutput,
  features: readonly Feature[],
  coded: readonly Coded[],
  rowCount: number,
): Float64Array {
  const margins = new Float64Array(rowCount).fill(output.intercept);
  coded.forEach((column, j) => {
    const weight = output.weights[j]!;
    const feature = features[j]!;
    if (column.kind === 'categorical') addCategories(margins, weight as number[], column.codes);
    else if (feature.kind === 'numeric' && weight !== 0) {
      addNumbers(margins, weight as number, column.values, feature.mean);
    }
  });
  return margins;
}

function addNumbers(out: Float64Array, weight: number, values: Float64Array, mean: number): void {
  for (let i = 0; i < out.length; i++) {
    const x = values[i]!;
    out[i]! += weight * (Number.isNaN(x) ? mean : x);
  }
}

function addCategories(out: Float64Array, weights: readonly number[], codes: Int32Array): void {
  for (let i = 0; i < out.length; i++) {
    const code = codes[i]!;
    if (code >= 0) out[i]! += weights[code]!;
  }
}
