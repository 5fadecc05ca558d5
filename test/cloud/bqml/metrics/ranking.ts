/** Metrics of a ranking by score: AUC and the points of the ROC curve, exact under ties. */

/** The scores of the positive and of the negative rows, each ascending. */
export interface RankedScores {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** Splits scores by whether the row is positive. */
export function rank(scores: Float64Array, isPositive: (row: number) => boolean): RankedScores {
  const positives = scores.filter((_, row) => isPositive(row)).sort();
  const negatives = scores.filter((_, row) => !isPositive(row)).sort();
  return { positives, negatives };
}

/**
 * The area under the ROC curve: the share of pairs in which the positive row has the higher score,
 * ties counted half (Mann and Whitney's U, divided by the number of pairs). NaN without pairs.
 */
export function rocAuc({ positives, negatives }: RankedScores): number {
  let below = 0;
  let equal = 0;
  let wins = 0;
  for (const score of positives) {
    while (below < negatives.length && negatives[below]! < score) below++;
    if (equal < below) equal = below;
    while (equal < negatives.length && negatives[equal] === score) equal++;
    wins += below + (equal - below) / 2;
  }
  return wins / (positives.length * negatives.length);
}

/** What happens when rows with a score at or above the threshold are called positive. */
export interface ThresholdCounts {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

export function countsAt(ranked: RankedScores, threshold: number): ThresholdCounts {
  const falseNegatives = countBelow(ranked.positives, threshold);
  const trueNegatives = countBelow(ranked.negatives, threshold);
  return {
    threshold,
    truePositives: ranked.positives.length - falseNegatives,
    falsePositives: ranked.negatives.length - trueNegatives,
    trueNegatives,
    falseNegatives,
  };
}

function countBelow(ascending: Float64Array, threshold: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The percentiles 0 to 100 of all scores (nearest rank), without repetition, highest first. */
export function percentileThresholds({ positives, negatives }: RankedScores): number[] {
  const all = new Float64Array(positives.length + negatives.length);
  all.set(positives);
  all.set(negatives, positives.length);
  all.sort();
  if (all.length === 0) return [];
  const places = Array.from({ length: 101 }, (_, p) => Math.round((p / 100) * (all.length - 1)));
  return [...new Set(places.map((place) => all[place]!))].reverse();
}
