-- Purpose: how well every feature alone tells bads from goods, and how far it is but the time of the application.
-- Grain: one row a feature that is a number.
-- Inputs: a training snapshot (`snapshot`); a STRUCT of name and value for every such feature (`features`).
-- Parameters: @every INT64: one application in so many is looked at, always the same ones.
-- Cost: the snapshot's features.
-- Ties count half in AUC; missing values are a value of their own, below all others.
WITH
  sampled AS (
    SELECT *
    FROM ${snapshot}
    WHERE MOD(FARM_FINGERPRINT(application_id) & 0x7FFFFFFFFFFFFFFF, @every) = 0
  ),
  cells AS (
    SELECT
      feature.name,
      feature.value,
      sampled.defaulted,
      UNIX_SECONDS(sampled.applied_at) AS applied_at
    FROM sampled, UNNEST([
      ${features}
    ]) AS feature
  ),
  by_value AS (
    SELECT
      name,
      value,
      COUNTIF(defaulted = 1) AS bad,
      COUNTIF(defaulted = 0) AS good
    FROM cells
    GROUP BY name, value
  ),
  cumulated AS (
    SELECT
      name,
      bad,
      good,
      SUM(good) OVER (PARTITION BY name ORDER BY value ROWS UNBOUNDED PRECEDING) AS good_up_to,
      SUM(bad) OVER (PARTITION BY name) AS bads,
      SUM(good) OVER (PARTITION BY name) AS goods
    FROM by_value
  ),
  ranked AS (
    SELECT
      name,
      SUM(SAFE_DIVIDE(bad * (good_up_to - good / 2), bads * goods)) AS auc
    FROM cumulated
    GROUP BY name
  ),
  timed AS (
    SELECT
      name,
      COUNT(*) AS applications,
      CORR(value, applied_at) AS time_correlation
    FROM cells
    GROUP BY name
  )
SELECT
  ranked.name,
  timed.applications,
  -- Whichever way it points.
  GREATEST(ranked.auc, 1 - ranked.auc) AS auc,
  -- NULL, or not a number, for one that is always the same.
  IF(IS_NAN(timed.time_correlation), NULL, ABS(timed.time_correlation)) AS time_correlation
FROM ranked
JOIN timed
  ON timed.name = ranked.name
ORDER BY ranked.name
