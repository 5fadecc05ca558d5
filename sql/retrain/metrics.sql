-- Purpose: how well the calibrated PDs of a version separate bads from goods, and how true they are.
-- Grain: one row.
-- Inputs: evaluations.
-- Parameters: @version STRING; @as_of TIMESTAMP.
-- Cost: three columns of the version's partition.
-- Ties count half in AUC; the area under precision and recall is the average precision.
WITH
  by_score AS (
    SELECT
      pd,
      COUNTIF(defaulted = 1) AS bad,
      COUNTIF(defaulted = 0) AS good
    FROM evaluations
    WHERE as_of = @as_of
      AND version = @version
    GROUP BY pd
  ),
  cumulated AS (
    SELECT
      pd,
      bad,
      good,
      SUM(bad) OVER (ORDER BY pd DESC ROWS UNBOUNDED PRECEDING) AS bad_above,
      SUM(good) OVER (ORDER BY pd DESC ROWS UNBOUNDED PRECEDING) AS good_above,
      SUM(bad) OVER () AS bads,
      SUM(good) OVER () AS goods
    FROM by_score
  )
SELECT
  ANY_VALUE(bads + goods) AS applications,
  ANY_VALUE(bads) AS bad,
  SUM(SAFE_DIVIDE(good * (bad_above - bad / 2), bads * goods)) AS auc,
  MAX(ABS(SAFE_DIVIDE(bad_above, bads) - SAFE_DIVIDE(good_above, goods))) AS ks,
  SUM(SAFE_DIVIDE(bad, bads) * bad_above / (bad_above + good_above)) AS pr_auc,
  SUM(bad * POW(1 - pd, 2) + good * POW(pd, 2)) / SUM(bad + good) AS brier,
  -SUM(bad * LN(pd) + good * LN(1 - pd)) / SUM(bad + good) AS log_loss,
  SUM((bad + good) * pd) / SUM(bad + good) AS mean_pd,
  SUM(bad) / SUM(bad + good) AS bad_rate
FROM cumulated
