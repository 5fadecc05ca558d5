import type { ScoringGraph } from '../bridge/onnx/read.ts';
import { createTreeExplainer } from './tree_shap.ts';

/** What each number of a row adds to the log-odds of default, against the reference population. */
export interface Explainer {
  readonly baseline: number;
  explain(row: Float64Array, contributions: Float64Array): void;
}

/**
 * @param means of a linear model's inputs: its reference is the average applicant. Trees carry
 *   their reference, the training population, in their covers.
 */
export function createExplainer(graph: ScoringGraph, means: Float64Array): Explainer {
  const { booster, linear, signs } = graph;
  if (booster && signs) {
    const trees = createTreeExplainer(booster, signs);
    return {
      baseline: trees.baseline,
      explain: (row, contributions) => trees.explain(Float32Array.from(row), contributions),
    };
  }
  const { intercept, weights } = linear!;
  return {
    baseline: weights.reduce((sum, weight, i) => sum + weight * means[i]!, intercept),
    explain(row, contributions) {
      for (let i = 0; i < row.length; i++) contributions[i] = weights[i]! * (row[i]! - means[i]!);
    },
  };
}
