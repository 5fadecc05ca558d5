import type { InputEncoding } from '../bridge/encoding.ts';
import type { ScoringGraph } from '../bridge/onnx/read.ts';
import type { PortfolioDocument } from '../portfolio/documents.ts';
import { createInterventionalExplainer } from './interventional.ts';
import { createTreeExplainer } from './tree_shap.ts';

/** What each number of a row adds to the log-odds of default, against the reference population. */
export interface Explainer {
  readonly baseline: number;
  explain(row: Float64Array, contributions: Float64Array): void;
}

/** Whom applications are compared with. */
export type Reference =
  /**
   * Those that the model was trained on. Trees carry them in their covers; a linear model wants the
   * means of its inputs.
   */
  | { readonly kind: 'training'; readonly means?: Float64Array }
  /** A background, row-major. */
  | { readonly kind: 'rows'; readonly rows: Float64Array };

/**
 * Whom a portfolio compares with, as it chose.
 * @param inputs of the model, whose means those of training are
 * @throws {Error} where it chose a background that there is not
 */
export function referenceOf(
  { explanation }: Pick<PortfolioDocument, 'explanation'>,
  inputs: readonly InputEncoding[],
  background: Float64Array | undefined,
): Reference {
  if (explanation === 'interventional') {
    if (background) return { kind: 'rows', rows: background };
    throw new Error('it is to be explained against a background, which it lacks');
  }
  const means = Float64Array.from(inputs, (input) =>
    input.kind === 'number' ? (input.nullValue ?? 0) : 0,
  );
  return { kind: 'training', means };
}

/** @throws {RangeError} for a reference that the model cannot be explained against */
export function createExplainer(graph: ScoringGraph, reference: Reference): Explainer {
  checkReference(graph, reference);
  const { booster, linear, signs, input } = graph;
  if (booster && signs) {
    const trees =
      reference.kind === 'rows'
        ? createInterventionalExplainer(booster, signs, Float32Array.from(reference.rows))
        : createTreeExplainer(booster, signs);
    return {
      baseline: trees.baseline,
      explain: (row, contributions) => trees.explain(Float32Array.from(row), contributions),
    };
  }
  const means = reference.kind === 'rows' ? meansOf(reference.rows, input.width) : reference.means!;
  const { intercept, weights } = linear!;
  return {
    baseline: weights.reduce((sum, weight, i) => sum + weight * means[i]!, intercept),
    explain(row, contributions) {
      for (let i = 0; i < row.length; i++) contributions[i] = weights[i]! * (row[i]! - means[i]!);
    },
  };
}

/** Looks at once for what would fail later. @throws {RangeError} */
export function checkReference({ linear, input }: ScoringGraph, reference: Reference): void {
  if (reference.kind === 'training') {
    if (!linear || reference.means) return;
    throw new RangeError('A linear model is explained against the means of its inputs, or rows.');
  }
  const { length } = reference.rows;
  if (length === 0 || length % input.width !== 0) {
    throw new RangeError(`A background of ${length} numbers is no rows of ${input.width}.`);
  }
  if (linear && reference.rows.some(Number.isNaN)) {
    throw new RangeError('The background of a linear model must not have missing numbers.');
  }
}

/** All that a linear model, whose Shapley values are weight · (value − mean), needs of a background. */
function meansOf(rows: Float64Array, width: number): Float64Array {
  const means = new Float64Array(width);
  rows.forEach((value, i) => {
    means[i % width]! += (value * width) / rows.length;
  });
  return means;
}
