-- Purpose: the ROC and the precision-recall curve of every model version, point by point.
-- Grain: one row a version and threshold: every score, or of many those nearest to each thousandth of the applications, riskiest first. Each point is exact.
-- Inputs: evaluations, which retraining writes.
-- Cost: version, label and probability of all of evaluations: some thousand rows a version.
-- Column threshold: Calibrated probability of default; who has it or more is taken for bad.
-- Column flagged: How many are.
-- Column flagged_share: Their share of the applications.
-- Column true_positive_rate: The share of the bads among them: recall, the y of the ROC.
-- Column false_positive_rate: The share of the goods among them: the x of the ROC.
-- Column precision: The share of the flagged who turned bad.
-- Column f1: Harmonic mean of precision and recall.
WITH
  by_score AS (
    SELECT
      version,
      as_of,
      pd,
      COUNTIF(defaulted = 1) AS bad,
      COUNTIF(defaulted = 0) AS good
    FROM ${data}.evaluations
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    GROUP BY version, as_of, pd
  ),
  cumulated AS (
    SELECT
      version,
      as_of,
      pd,
      SUM(bad) OVER (PARTITION BY version ORDER BY pd DESC ROWS UNBOUNDED PRECEDING) AS bad_above,
      SUM(good) OVER (PARTITION BY version ORDER BY pd DESC ROWS UNBOUNDED PRECEDING) AS good_above,
      SUM(bad) OVER (PARTITION BY version) AS bads,
      SUM(good) OVER (PARTITION BY version) AS goods
    FROM by_score
  ),
  placed AS (
    SELECT
      *,
      -- Rounded up.
      DIV(1000 * (bad_above + good_above) + bads + goods - 1, bads + goods) AS thousandth
    FROM cumulated
  )
SELECT
  version,
  as_of,
  pd AS threshold,
  bad_above + good_above AS flagged,
  (bad_above + good_above) / (bads + goods) AS flagged_share,
  SAFE_DIVIDE(bad_above, bads) AS true_positive_rate,
  SAFE_DIVIDE(good_above, goods) AS false_positive_rate,
  bad_above / (bad_above + good_above) AS precision,
  2 * bad_above / (bad_above + good_above + bads) AS f1
FROM placed
QUALIFY ROW_NUMBER() OVER (PARTITION BY version, thousandth ORDER BY pd) = 1
