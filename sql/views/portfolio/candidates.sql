-- Purpose: what every model version was chosen from, and by how much the chosen candidate was ahead.
-- Grain: one row a version and candidate.
-- Inputs: candidates, which retraining writes.
-- Cost: candidates, a few rows a version.
-- Column options: Options of CREATE MODEL as JSON, those that tuning found among them.
-- Column splits: Times that it was trained on the past and measured on what came next; the test of the version is in none.
-- Column auc: Mean over the splits.
-- Column auc_spread: Standard deviation over the splits; null of one.
-- Column auc_ahead_of_main: Mean over the splits of how far it was ahead of the first model of model.json.
-- Column profit: Money an application brought under the policy in force, a review counting as refused; null unless candidates are chosen by it.
-- Column log_loss_spread: As auc_spread.
-- Column profit_spread: As auc_spread.
-- Column why: What the choice rests on.
WITH
  compared AS (
    SELECT
      *,
      auc - MAX(IF(candidate = 'main', auc, NULL)) OVER (PARTITION BY version, split) AS ahead
    FROM ${data}.candidates
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  )
SELECT
  version,
  as_of,
  candidate,
  model_type,
  options,
  members,
  COUNT(*) AS splits,
  AVG(auc) AS auc,
  STDDEV_SAMP(auc) AS auc_spread,
  AVG(ahead) AS auc_ahead_of_main,
  AVG(log_loss) AS log_loss,
  STDDEV_SAMP(log_loss) AS log_loss_spread,
  AVG(brier) AS brier,
  AVG(mean_pd) AS mean_pd,
  AVG(bad_rate) AS bad_rate,
  AVG(profit) AS profit,
  STDDEV_SAMP(profit) AS profit_spread,
  chosen,
  why
FROM compared
GROUP BY
  version,
  as_of,
  candidate,
  model_type,
  options,
  members,
  chosen,
  why
