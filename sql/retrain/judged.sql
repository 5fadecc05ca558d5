-- Purpose: applications that a candidate was measured on, with what gates hold it against.
-- Grain: one row an application; at most @rows, always the same ones.
-- Inputs: evaluations; the portfolio's applications, its key (`key`), its time (`time`), and those of
--   its columns that are asked for (`columns`), which make the STRUCT `application`.
-- Parameters: @version STRING, @as_of TIMESTAMP, the candidate; @champion STRING, @champion_as_of
--   TIMESTAMP, whose PDs of the same applications come along where the table has them, else NULL; @from,
--   @until TIMESTAMP bound the applications; @rows INT64.
-- Cost: the partitions of both versions, the columns of the applications of the window.
WITH
  measured AS (
    SELECT
      application_id,
      applied_at,
      defaulted,
      pd,
      cut_off,
      review_from
    FROM evaluations
    WHERE as_of = @as_of
      AND version = @version
    ORDER BY
      FARM_FINGERPRINT(application_id),
      application_id
    LIMIT @rows
  ),
  champions AS (
    SELECT
      application_id,
      pd
    FROM evaluations
    WHERE as_of = @champion_as_of
      AND version = @champion
  ),
  raw AS (
    SELECT
      CAST(${key} AS STRING) AS application_id,
      STRUCT(${columns}) AS application
    FROM applications
    WHERE ${time} >= @from
      AND ${time} < @until
  )
SELECT
  measured.applied_at,
  measured.defaulted,
  measured.pd,
  measured.cut_off,
  measured.review_from,
  champions.pd AS champion_pd,
  raw.application
FROM measured
INNER JOIN raw
  ON raw.application_id = measured.application_id
LEFT JOIN champions
  ON champions.application_id = measured.application_id
ORDER BY
  FARM_FINGERPRINT(measured.application_id),
  measured.application_id
