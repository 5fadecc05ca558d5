/** Where a feature's histogram is cut: bin i holds the values x with cuts[i-1] <= x < cuts[i]. */
export interface FeatureCuts {
  /** Ascending float32, one a bin. The last lies above all values, and is NaN where none can: +inf. */
  readonly cuts: Float32Array;
  /** A threshold that no value of the feature is below; -inf where one is infinite. */
  readonly below: number;
}

const MARGIN = Math.fround(1e-5); // a float32 in XGBoost, which then calculates in float64

/**
 * Cuts from the quantiles of a feature (ascending, at most `maxBins` + 1), as XGBoost's AddCutPoint
 * and MakeCuts place them: at every quantile but the least, so that each distinct value has a bin of
 * its own while there are no more than `maxBins` of them, and one above the greatest.
 *
 * XGBoost refuses infinite values; here each infinity has one more bin. No threshold lies above
 * +inf.
 */
export function cutsOf(
  quantiles: Float32Array,
  maxBins: number,
  { plusInfinity, minusInfinity }: { plusInfinity: boolean; minusInfinity: boolean },
): FeatureCuts {
  const cuts: number[] = [];
  for (let i = minusInfinity ? 0 : 1; i < Math.min(quantiles.length, maxBins); i++) {
    const cut = quantiles[i]!;
    if (cuts.length === 0 || cut > cuts.at(-1)!) cuts.push(cut);
  }
  const least = quantiles[0] ?? MARGIN;
  const below = minusInfinity ? -Infinity : Math.fround(least - Math.abs(least) - MARGIN);
  const greatest = quantiles.at(-1) ?? MARGIN;
  cuts.push(Math.fround(greatest + (Math.abs(greatest) + MARGIN)));
  if (plusInfinity) cuts.push(Number.NaN);
  return { cuts: Float32Array.from(cuts), below };
}
