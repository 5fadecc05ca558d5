-- Purpose: how well calibrated PDs separate bads from goods, and how true they are.
-- Grain: one row.
-- Inputs: the predictions of a version (`predictions`).
-- Parameters: @role STRING; the calibration as a line in pieces over the log-odds: @starts, @levels
--   (there) and @slopes ARRAY<FLOAT64>, starts ascending; @of_log_odds BOOL: what the line gives are
--   log-odds again, not PDs.
-- Cost: three columns of the predictions.
-- Ties count half in AUC; the area under precision and recall is the average precision.
WITH
  clamped AS (
    SELECT
      defaulted,
      LEAST(GREATEST(probability, 1e-9), 1 - 1e-9) AS p
    FROM ${predictions}
    WHERE role = @role
  ),
  placed AS (
    SELECT
      defaulted,
      LN(p / (1 - p)) AS margin,
      -- The first piece goes on to the left, the last one to the right.
      GREATEST(1, RANGE_BUCKET(LN(p / (1 - p)), @starts)) AS piece
    FROM clamped
  ),
  on_line AS (
    SELECT
      defaulted,
      @levels[ORDINAL(piece)] + @slopes[ORDINAL(piece)] * (margin - @starts[ORDINAL(piece)]) AS height
    FROM placed
  ),
  calibrated AS (
    SELECT
      defaulted,
      -- Within 30, so that neither EXP overflows nor LN(pd) or LN(1 - pd) fails.
      IF(@of_log_odds, 1 / (1 + EXP(-GREATEST(-30, LEAST(30, height)))), height) AS pd
    FROM on_line
  ),
  by_score AS (
    SELECT
      pd,
      COUNTIF(defaulted = 1) AS bad,
      COUNTIF(defaulted = 0) AS good
    FROM calibrated
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
