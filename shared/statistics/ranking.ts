/** How well scores put bads above goods, where a row may count more than once or not at all. */

export interface Ranking {
  /** Chance that a bad has a higher score than a good; ties count half (Hanley and McNeil 1982). */
  readonly auc: number;
  /** Largest distance of the distributions of bads and goods. */
  readonly ks: number;
  /** Average precision: the mean over bads of the precision at their score; ties are one step. */
  readonly pr_auc: number;
}

/** Rows from the highest score down. Sorting costs most, so it is done once for many weightings. */
export interface Order {
  readonly rows: Uint32Array;
  /** Whether a row is the last of its score. */
  readonly isLast: Uint8Array;
}

/** @throws {RangeError} for a score that is not a number: it has no place */
export function orderOf(scores: ArrayLike<number>): Order {
  const missing = Array.prototype.findIndex.call(scores, Number.isNaN);
  if (missing >= 0) throw new RangeError(`The score of row ${missing} is not a number.`);
  const rows = Uint32Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => scores[b]! - scores[a]!,
  );
  const isLast = Uint8Array.from(rows, (row, i) =>
    i + 1 === rows.length || scores[rows[i + 1]!] !== scores[row] ? 1 : 0,
  );
  return { rows, isLast };
}

/**
 * @param bad 1 for a bad, 0 for a good
 * @param weights how often each row counts; once where they are left out
 * @returns figures that are NaN where there are no bads or no goods
 */
export function rankingOf(
  { rows, isLast }: Order,
  bad: ArrayLike<number>,
  weights?: ArrayLike<number>,
): Ranking {
  const all = { bad: 0, good: 0 };
  for (let i = 0; i < rows.length; i++) all[bad[i] ? 'bad' : 'good'] += weights ? weights[i]! : 1;
  let [bads, goods, stepBads, stepGoods] = [0, 0, 0, 0];
  let [pairs, precision, distance] = [0, 0, 0];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const weight = weights ? weights[row]! : 1;
    if (bad[row]) stepBads += weight;
    else stepGoods += weight;
    if (!isLast[i]) continue;
    bads += stepBads;
    goods += stepGoods;
    pairs += stepGoods * (bads - stepBads / 2);
    if (stepBads > 0) precision += (stepBads * bads) / (bads + goods);
    distance = Math.max(distance, Math.abs(bads / all.bad - goods / all.good));
    stepBads = 0;
    stepGoods = 0;
  }
  if (all.bad === 0 || all.good === 0)
    return { auc: Number.NaN, ks: Number.NaN, pr_auc: Number.NaN };
  return { auc: pairs / (all.bad * all.good), ks: distance, pr_auc: precision / all.bad };
}
