import type { Metrics } from '../../../../shared/bundle/manifest.ts';

/** Of a good candidate. */
export const METRICS: Metrics = {
  rows: 10_000,
  bad: 500,
  auc: 0.8,
  gini: 0.6,
  ks: 0.45,
  pr_auc: 0.3,
  brier: 0.04,
  log_loss: 0.16,
  mean_pd: 0.05,
  bad_rate: 0.05,
};
