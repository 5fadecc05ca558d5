/**
 * Standard error of an area under the ROC curve, from the area and the numbers of both classes alone
 * (Hanley and McNeil 1982, with exponential scores).
 */
export function aucError(auc: number, bad: number, good: number): number {
  const bothBad = auc / (2 - auc);
  const bothGood = (2 * auc * auc) / (1 + auc);
  const variance =
    auc * (1 - auc) + (bad - 1) * (bothBad - auc * auc) + (good - 1) * (bothGood - auc * auc);
  return Math.sqrt(variance / (bad * good));
}
