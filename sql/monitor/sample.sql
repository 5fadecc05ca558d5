-- Purpose: some of the applications of some days, always the same ones, as a model is given them.
-- Grain: one row an application: its features.
-- Inputs: applications, by their time (`time`); the version's features.sql with the key carried (`features`).
-- Parameters: @from, @until TIMESTAMP bound the applications; @rows INT64, at most how many.
-- Cost: the columns that features read, of the partitions of these days, once.
WITH
  input AS (
    SELECT *
    FROM applications
    WHERE ${time} >= @from
      AND ${time} < @until
  ),
  featured AS (
    ${features}
  )
SELECT * EXCEPT (application_id)
FROM featured
ORDER BY
  FARM_FINGERPRINT(application_id),
  application_id
LIMIT @rows
