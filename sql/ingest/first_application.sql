-- Purpose: since when there are applications: before, an outcome is about one that was never ingested.
-- Grain: one row; NULL where none was ingested.
-- Inputs: ingested_days.
-- Cost: two columns of a table of two short rows a day.
SELECT FORMAT_TIMESTAMP('%F', MIN(day)) AS first_day
FROM ingested_days
WHERE day >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  AND stream = 'applications'
