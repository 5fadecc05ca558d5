import { createForest } from '../bridge/kernel/forest.ts';
import type { ScoringGraph } from '../bridge/onnx/read.ts';
import { createScoresOf, logOddsOf } from './from_margins.ts';
import type { Scorer, Scores } from './scorer.ts';

/** Our own scorer, which also takes tables as they lie in a warehouse. */
export interface KernelScorer extends Scorer {
  /** `score`, at once. */
  scoreRows(features: Float64Array): Scores;
  /** @param columns one a number of a row, all of `rows` values; NaN is missing */
  scoreColumns(columns: readonly Float64Array[], rows: number): Scores;
}

/**
 * A scorer of our own over the trees or weights in the ONNX file: in XGBoost's float32 arithmetic,
 * or float64 for a linear model. Referee of onnxruntime, and stand-in when it fails.
 */
export function createKernelScorer(graph: ScoringGraph): KernelScorer {
  const { width } = graph.input;
  const margins = marginsOf(graph);
  const scoresOf = createScoresOf(graph.calibration!);
  const scoreRows = (features: Float64Array): Scores => {
    const logOdds = new Float64Array(features.length / width);
    margins.ofRows(features, logOdds);
    return scoresOf(logOdds);
  };
  return {
    width,
    scoreRows,
    score: async (features) => scoreRows(features),
    scoreColumns(columns, rows) {
      const logOdds = new Float64Array(rows);
      margins.ofColumns(columns, logOdds);
      return scoresOf(logOdds);
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
  return {
    ofRows(features, out) {
      const margins = new Float32Array(out.length * groups);
      forest.margins(features, margins);
      logOddsOf(signs, margins, out);
    },
    ofColumns(columns, out) {
      const margins = new Float32Array(out.length * groups);
      forest.marginsOfColumns(
        columns.map((column) => new Float32Array(column)),
        margins,
      );
      logOddsOf(signs, margins, out);
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
