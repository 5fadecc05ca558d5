-- Purpose: freeze what a model version is trained and tested on.
-- Grain: one row an application; its features, its label, and the role that it plays.
-- Inputs: the portfolio's label.sql (`label`) and features.sql with the carried columns (`features`).
-- Parameters: those of label.sql; @calibration_from, @test_from TIMESTAMP; @folds INT64.
-- Cost: reads the portfolio's applications and outcomes within the training window, once.
WITH
  labelled AS (
    ${label}
  ),
  input AS (
    SELECT *
    FROM labelled
    WHERE exclusion IS NULL
  ),
  featured AS (
    ${features}
  )
SELECT
  *,
  CASE
    WHEN applied_at >= @test_from THEN 'TEST'
    WHEN applied_at >= @calibration_from THEN 'CALIBRATION'
    ELSE 'TRAIN'
  END AS role,
  -- The sign bit is dropped first: ABS of the smallest INT64 would overflow.
  MOD(FARM_FINGERPRINT(application_id) & 0x7FFFFFFFFFFFFFFF, @folds) AS fold
FROM featured
