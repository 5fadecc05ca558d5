-- Purpose: a portfolio's labels, of nothing that was not known when the run began.
-- Grain: that of label.sql.
-- Inputs: the portfolio's label.sql (`label`), which finds under the names of the raw tables
--   (`applications`, `outcomes`) what had happened and was recorded by then; the columns of their
--   times (`application_time`, `outcome_time`).
-- Parameters: those of label.sql; @known_by TIMESTAMP, what was recorded when.
-- Cost: as label.sql.
WITH
  applications AS (
    SELECT *
    FROM ${applications}
    WHERE ${application_time} >= @from
      AND ${application_time} < @until
      AND _ingested_at <= @known_by
  ),
  outcomes AS (
    SELECT *
    FROM ${outcomes}
    WHERE ${outcome_time} >= @from
      AND ${outcome_time} <= @as_of
      AND _ingested_at <= @known_by
  )
SELECT *
FROM (
  ${label}
)
