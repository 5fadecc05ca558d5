import { marginsOf } from '../bridge/evaluate.ts';
import type { ScoringGraph } from '../bridge/onnx/read.ts';
import type { Scorer } from './scorer.ts';

const sigmoid = (margin: number): number => 1 / (1 + Math.exp(-margin));

/**
 * A scorer of our own over the trees or weights in the ONNX file: in XGBoost's float32 arithmetic,
 * or float64 for a linear model. Referee of onnxruntime, and stand-in when it fails.
 */
export function createKernelScorer(graph: ScoringGraph): Scorer {
  const { width } = graph.input;
  const calibration = graph.calibration!;
  const margin = marginFunction(graph);
  return {
    width,
    async score(features) {
      const rows = features.length / width;
      const probability = new Float64Array(rows);
      const pd = new Float64Array(rows);
      for (let i = 0; i < rows; i++) {
        const value = margin(features.subarray(i * width, (i + 1) * width));
        probability[i] = sigmoid(value);
        pd[i] = sigmoid(value * calibration.slope + calibration.intercept);
      }
      return { probability, pd };
    },
    close: async () => {},
  };
}

/** Log-odds of default of one row. */
function marginFunction(graph: ScoringGraph): (row: Float64Array) => number {
  const { booster, linear, signs } = graph;
  if (booster && signs) {
    return (row) => {
      const margins = marginsOf(booster, Float32Array.from(row));
      return Math.fround(signs.reduce((sum, sign, k) => sum + sign * margins[k]!, 0));
    };
  }
  return (row) => row.reduce((sum, x, i) => sum + x * linear!.weights[i]!, 0) + linear!.intercept;
}
