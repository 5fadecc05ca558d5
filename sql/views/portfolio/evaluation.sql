-- Purpose: how well every model version separates bads from goods, and how true its probabilities of default are, on applications that it was not fitted on.
-- Grain: one row a version.
-- Inputs: evaluations, which retraining writes; the registry's events.
-- Cost: version, label and probabilities of all of evaluations, some thousand rows a version;
--   registry_events.
-- Column version: The model version.
-- Column as_of: What was known when it was trained and measured.
-- Column validation: out_of_time, measured on later applications; folds, on applications left out in turn.
-- Column registered: Whether the version was written; one whose conversion was refused, or whose run has not ended, was not.
-- Column applications: How many it was measured on.
-- Column first_applied_at: When the first of them was made.
-- Column last_applied_at: When the last of them was made.
-- Column bad: How many of them turned bad.
-- Column bad_rate: bad / applications.
-- Column mean_pd: Mean calibrated probability of default.
-- Column expected_to_observed: mean_pd / bad_rate; above 1 the version is too careful.
-- Column auc: Chance that a bad has a higher PD than a good; ties count half.
-- Column gini: 2 * auc - 1.
-- Column ks: Largest distance between the shares of bads and of goods at or above a PD.
-- Column ks_at_pd: The PD at which that is; the highest of several.
-- Column pr_auc: Average precision: mean over the bads of the precision at their PD.
-- Column brier: Mean squared distance of PD and outcome.
-- Column log_loss: Mean negative logarithm of the probability that was given to what happened.
WITH
  by_score AS (
    SELECT
      version,
      as_of,
      validation,
      pd,
      COUNTIF(defaulted = 1) AS bad,
      COUNTIF(defaulted = 0) AS good,
      MIN(applied_at) AS first_applied_at,
      MAX(applied_at) AS last_applied_at
    FROM ${data}.evaluations
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    GROUP BY version, as_of, validation, pd
  ),
  cumulated AS (
    SELECT
      *,
      SUM(bad) OVER (PARTITION BY version ORDER BY pd DESC ROWS UNBOUNDED PRECEDING) AS bad_above,
      SUM(good) OVER (PARTITION BY version ORDER BY pd DESC ROWS UNBOUNDED PRECEDING) AS good_above,
      SUM(bad) OVER (PARTITION BY version) AS bads,
      SUM(good) OVER (PARTITION BY version) AS goods
    FROM by_score
  ),
  measured AS (
    SELECT
      *,
      ABS(SAFE_DIVIDE(bad_above, bads) - SAFE_DIVIDE(good_above, goods)) AS distance
    FROM cumulated
  ),
  known AS (
    SELECT DISTINCT version
    FROM ${flit}.registry_events
    WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
      AND portfolio = '${id}'
      AND kind = 'created'
  )
SELECT
  measured.version,
  ANY_VALUE(as_of) AS as_of,
  ANY_VALUE(validation) AS validation,
  LOGICAL_OR(known.version IS NOT NULL) AS registered,
  SUM(bad + good) AS applications,
  MIN(first_applied_at) AS first_applied_at,
  MAX(last_applied_at) AS last_applied_at,
  SUM(bad) AS bad,
  SUM(bad) / SUM(bad + good) AS bad_rate,
  SUM((bad + good) * pd) / SUM(bad + good) AS mean_pd,
  SAFE_DIVIDE(SUM((bad + good) * pd), SUM(bad)) AS expected_to_observed,
  SUM(SAFE_DIVIDE(good * (bad_above - bad / 2), bads * goods)) AS auc,
  2 * SUM(SAFE_DIVIDE(good * (bad_above - bad / 2), bads * goods)) - 1 AS gini,
  MAX(distance) AS ks,
  ARRAY_AGG(pd ORDER BY distance DESC, pd DESC LIMIT 1)[OFFSET(0)] AS ks_at_pd,
  SUM(SAFE_DIVIDE(bad, bads) * bad_above / (bad_above + good_above)) AS pr_auc,
  SUM(bad * POW(1 - pd, 2) + good * POW(pd, 2)) / SUM(bad + good) AS brier,
  -SUM(bad * LN(pd) + good * LN(1 - pd)) / SUM(bad + good) AS log_loss
FROM measured
LEFT JOIN known
  ON known.version = measured.version
GROUP BY measured.version
