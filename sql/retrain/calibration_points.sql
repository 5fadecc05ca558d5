-- Purpose: the log-odds that a model gave and how often they turned bad, to recalibrate it by.
-- Grain: one row a thousandth of log-odds.
-- Inputs: the predictions of a version (`predictions`).
-- Parameters: @role STRING.
-- Cost: three columns of the predictions.
WITH
  clamped AS (
    SELECT
      defaulted,
      LEAST(GREATEST(probability, 1e-9), 1 - 1e-9) AS p
    FROM ${predictions}
    WHERE role = @role
  )
SELECT
  ROUND(LN(p / (1 - p)), 3) AS margin,
  COUNT(*) AS applications,
  COUNTIF(defaulted = 1) AS bad
FROM clamped
GROUP BY margin
ORDER BY margin
