/** How well a candidate separates, and how far its probabilities are from what came. */
import type { Gate, Metrics } from '../../../shared/bundle/manifest.ts';
import type { Intervals } from '../../../shared/card/findings.ts';
import type { PortfolioDocument } from '../../../shared/portfolio/documents.ts';
import { bootstrap } from '../../../shared/statistics/bootstrap.ts';
import { orderOf, rankingOf } from '../../../shared/statistics/ranking.ts';
import type { Judged } from './judged.ts';
import { atLeast, atMost } from './verdict.ts';

/** How sure metrics are, of these applications. */
export function intervalsOf({ pd, bad }: Judged): Intervals {
  const order = orderOf(pd);
  const of = bootstrap(pd.length, (counts) => {
    const { auc, ks, pr_auc } = rankingOf(order, bad, counts);
    return { auc, gini: 2 * auc - 1, ks, pr_auc, ...truthOf(pd, bad, counts) };
  });
  return { rows: pd.length, of };
}

function truthOf(pd: Float64Array, bad: Uint8Array, counts: Uint16Array) {
  let [brier, loss, sum, bads] = [0, 0, 0, 0];
  for (let i = 0; i < pd.length; i++) {
    const [p, y, count] = [pd[i]!, bad[i]!, counts[i]!];
    if (count === 0) continue;
    brier += count * (p - y) ** 2;
    loss -= count * Math.log(y ? p : 1 - p);
    sum += count * p;
    bads += count * y;
  }
  // A draw has as many as there are.
  const n = pd.length;
  return { brier: brier / n, log_loss: loss / n, mean_pd: sum / n, bad_rate: bads / n };
}

export function discriminationGates(
  { gates }: Pick<PortfolioDocument, 'gates'>,
  metrics: Metrics,
  { rows, of }: Intervals,
): Gate[] {
  const floor = (name: 'auc' | 'gini' | 'ks' | 'pr_auc', limit: number | undefined) =>
    limit === undefined
      ? []
      : [atLeast(name, metrics[name], limit, WHY[name], { interval: of[name], n: rows })];
  const evidence = { interval: of.brier, n: rows };
  return [
    ...floor('auc', gates.auc_at_least),
    ...floor('gini', gates.gini_at_least),
    ...floor('ks', gates.ks_at_least),
    ...floor('pr_auc', gates.pr_auc_at_least),
    ...(gates.brier_at_most === undefined
      ? []
      : [atMost('brier', metrics.brier, gates.brier_at_most, WHY.brier, evidence)]),
  ];
}

const WHY = {
  auc: 'Below this the model separates too little to be worth asking.',
  gini: 'Below this the model separates too little to be worth asking.',
  ks: 'At its best cut-off the model must keep goods and bads this far apart.',
  pr_auc:
    'Of those that the model calls risky this share must be: where bads are few, AUC hides it.',
  brier: 'The mean squared distance of probability and outcome: separation and truth in one.',
};
