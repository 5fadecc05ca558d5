import { calibrator, sigmoid } from '../bridge/calibration.ts';
import { createForest } from '../bridge/kernel/forest.ts';
import type { ScoringGraph } from '../bridge/onnx/read.ts';
import type { Scorer, Scores } from './scorer.ts';

/** Our own scorer, which also takes tables as they lie in a warehouse. */
export interface KernelScorer extends Scorer {
  /** @param columns one a number of a row, all of `rows` values; NaN is missing */
  scoreColumns(columns: readonly Float64Array[], rows: number): Scores;
}

/**
 * A scorer of our own over the trees or weights in the ONNX file: in XGBoost's float32 arithmetic,
 * or float64 for a linear model. Referee of onnxruntime, and stand-in when it fails.
 */
export function createKernelScorer(graph: ScoringGraph): KernelScorer {
  const { width } = graph.input;
  const calibrated = calibrator(graph.calibration!);
  const margins = marginsOf(graph);
  const scoresOf = (probability: Float64Array): Scores => {
    const pd = new Float64Array(probability.length);
    for (let i = 0; i < probability.length; i++) {
      const margin = probability[i]!;
      probability[i] = sigmoid(margin);
      pd[i] = calibrated(margin);
    }
    return { probability, pd };
  };
  return {
    width,
    async score(features) {
      const probability = new Float64Array(features.length / width);
      margins.ofRows(features, probability);
      return scoresOf(probability);
    },
    scoreColumns(columns, rows) {
      const probability = new Float64Array(rows);
      margins.ofColumns(columns, probability);
      return scoresOf(probability);
    },
    close: async () => {},
  };
}

/** Writes the log-odds of default of features. */
interface Margins {
  ofRows(features: Float64Array, out: Float64Array): void;
  ofColumns(columns: readonly Float64Array[], out: Float64Array): void;
}

function marginsOf({ booster, linear, signs }: ScoringGraph): Margins {
  if (!booster || !signs) return linearMargins(linear!);
  const forest = createForest(booster);
  const groups = signs.length;
  const differences = (margins: Float32Array, out: Float64Array): void => {
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let k = 0; k < groups; k++) sum += signs[k]! * margins[i * groups + k]!;
      out[i] = Math.fround(sum);
    }
  };
  return {
    ofRows(features, out) {
      const margins = new Float32Array(out.length * groups);
      forest.margins(features, margins);
      differences(margins, out);
    },
    ofColumns(columns, out) {
      const margins = new Float32Array(out.length * groups);
      forest.marginsOfColumns(
        columns.map((column) => new Float32Array(column)),
        margins,
      );
      differences(margins, out);
    },
  };
}

function linearMargins({ intercept, weights }: NonNullable<ScoringGraph['linear']>): Margins {
  return {
    ofRows(features, out) {
      for (let i = 0; i < out.length; i++) {
        let sum = 0;
        for (let f = 0; f < weights.length; f++)
          sum += features[i * weights.length + f]! * weights[f]!;
        out[i] = sum + intercept;
      }
    },
    ofColumns(columns, out) {
      for (let i = 0; i < out.length; i++) {
        let sum = 0;
        for (let f = 0; f < weights.length; f++) sum += columns[f]![i]! * weights[f]!;
        out[i] = sum + intercept;
      }
    },
  };
}
