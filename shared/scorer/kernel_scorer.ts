import { calibrator, sigmoid } from '../bridge/calibration.ts';
import { createForest } from '../bridge/kernel/forest.ts';
import type { ScoringGraph } from '../bridge/onnx/read.ts';
import type { Scorer } from './scorer.ts';

/**
 * A scorer of our own over the trees or weights in the ONNX file: in XGBoost's float32 arithmetic,
 * or float64 for a linear model. Referee of onnxruntime, and stand-in when it fails.
 */
export function createKernelScorer(graph: ScoringGraph): Scorer {
  const { width } = graph.input;
  const calibrated = calibrator(graph.calibration!);
  const margins = marginFunction(graph);
  return {
    width,
    async score(features) {
      const probability = new Float64Array(features.length / width);
      const pd = new Float64Array(probability.length);
      margins(features, probability);
      for (let i = 0; i < probability.length; i++) {
        const margin = probability[i]!;
        probability[i] = sigmoid(margin);
        pd[i] = calibrated(margin);
      }
      return { probability, pd };
    },
    close: async () => {},
  };
}

/** Writes the log-odds of default of row-major features. */
type Margins = (features: Float64Array, out: Float64Array) => void;

function marginFunction({ booster, linear, signs }: ScoringGraph): Margins {
  if (!booster || !signs) return linearMargins(linear!);
  const forest = createForest(booster);
  const groups = signs.length;
  return (features, out) => {
    const margins = new Float32Array(out.length * groups);
    forest.margins(features, margins);
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let k = 0; k < groups; k++) sum += signs[k]! * margins[i * groups + k]!;
      out[i] = Math.fround(sum);
    }
  };
}

function linearMargins({ intercept, weights }: NonNullable<ScoringGraph['linear']>): Margins {
  return (features, out) => {
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let f = 0; f < weights.length; f++)
        sum += features[i * weights.length + f]! * weights[f]!;
      out[i] = sum + intercept;
    }
  };
}
