/** Losses of generalized linear models, as functions of the margins. */

export type LossName = 'squared' | 'logistic' | 'softmax';

/**
 * A loss at given margins (one array an output). `evaluate` comes first; the others speak of the
 * margins that it saw. All are per row, before weighting.
 */
export interface Loss {
  readonly outputs: number;
  /** The loss of each row, as it is minimised. */
  evaluate(margins: readonly Float64Array[], out: Float64Array): void;
  /** Derivatives by the margins. */
  gradient(out: readonly Float64Array[]): void;
  /** Second derivatives applied to a direction of the margins. */
  curvature(direction: readonly Float64Array[], out: readonly Float64Array[]): void;
  /** Their diagonal. */
  diagonal(out: readonly Float64Array[]): void;
}

/** @param targets numbers of a regression, or class indices; class 0 of two is the positive one. */
export function lossOf(name: LossName, targets: Float64Array, classCount: number): Loss {
  if (name === 'squared') return squaredLoss(targets);
  return name === 'logistic' ? logisticLoss(targets) : softmaxLoss(targets, classCount);
}

/** ½ (margin − target)². */
function squaredLoss(targets: Float64Array): Loss {
  let residuals = new Float64Array();
  return {
    outputs: 1,
    evaluate([margins], out) {
      residuals = margins!.map((margin, i) => margin - targets[i]!);
      for (let i = 0; i < out.length; i++) out[i] = residuals[i]! ** 2 / 2;
    },
    gradient: ([out]) => out!.set(residuals),
    curvature: ([direction], [out]) => out!.set(direction!),
    diagonal: ([out]) => void out!.fill(1),
  };
}

/** ln(1 + e^margin) − y · margin, with y = 1 for class 0. */
function logisticLoss(targets: Float64Array): Loss {
  const probabilities = new Float64Array(targets.length);
  return {
    outputs: 1,
    evaluate([margins], out) {
      for (let i = 0; i < out.length; i++) {
        const margin = margins![i]!;
        // e^−|margin| never overflows; ln(1 + e^m) = max(m, 0) + ln(1 + e^−|m|).
        const small = Math.exp(-Math.abs(margin));
        probabilities[i] = (margin >= 0 ? 1 : small) / (1 + small);
        const signed = targets[i] === 0 ? -margin : margin;
        out[i] = Math.max(signed, 0) + Math.log1p(small);
      }
    },
    gradient([out]) {
      for (let i = 0; i < targets.length; i++) {
        out![i] = probabilities[i]! - Number(targets[i] === 0);
      }
    },
    curvature([direction], [out]) {
      for (let i = 0; i < targets.length; i++) {
        const p = probabilities[i]!;
        out![i] = p * (1 - p) * direction![i]!;
      }
    },
    diagonal([out]) {
      for (let i = 0; i < targets.length; i++)
        out![i] = probabilities[i]! * (1 - probabilities[i]!);
    },
  };
}

/** −ln softmax(margins)[target]. */
function softmaxLoss(targets: Float64Array, classCount: number): Loss {
  const p = Array.from({ length: classCount }, () => new Float64Array(targets.length));
  return {
    outputs: classCount,
    evaluate(margins, out) {
      for (let i = 0; i < out.length; i++) {
        let top = Number.NEGATIVE_INFINITY;
        for (const margin of margins) top = Math.max(top, margin[i]!);
        let sum = 0;
        for (let k = 0; k < classCount; k++) {
          p[k]![i] = Math.exp(margins[k]![i]! - top);
          sum += p[k]![i]!;
        }
        for (let k = 0; k < classCount; k++) p[k]![i]! /= sum;
        out[i] = Math.log(sum) + top - margins[targets[i]!]![i]!;
      }
    },
    gradient(out) {
      for (let k = 0; k < classCount; k++) {
        for (let i = 0; i < targets.length; i++) out[k]![i] = p[k]![i]! - Number(targets[i] === k);
      }
    },
    curvature(direction, out) {
      for (let i = 0; i < targets.length; i++) {
        let mean = 0;
        for (let k = 0; k < classCount; k++) mean += p[k]![i]! * direction[k]![i]!;
        for (let k = 0; k < classCount; k++) out[k]![i] = p[k]![i]! * (direction[k]![i]! - mean);
      }
    },
    diagonal(out) {
      for (let k = 0; k < classCount; k++) {
        for (let i = 0; i < targets.length; i++) out[k]![i] = p[k]![i]! * (1 - p[k]![i]!);
      }
    },
  };
}
