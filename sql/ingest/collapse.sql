-- Purpose: leave of records that are stored more than once one: the latest by its own time, of the same time
--   the one that arrived last. This statement deletes, so of two at the same time BigQuery has one wait or
--   try again.
-- Grain: one row a record.
-- Inputs: the stored table (`table`); the record's key (`key`) and time (`time`).
-- Parameters: @keys ARRAY<STRING>: the records; @from, @until TIMESTAMP: the times between which they are stored.
-- Cost: the stored partitions in between, whole.
MERGE ${table} AS stored
USING (
  SELECT *
  FROM ${table}
  WHERE ${time} >= @from
    AND ${time} <= @until
    AND CAST(${key} AS STRING) IN UNNEST(@keys)
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY ${key} ORDER BY ${time} DESC, _ingested_at DESC, _ingest_run DESC
  ) = 1
) AS kept
-- Nothing matches: all that is there goes, all that is kept comes again, in one statement. Copies may be alike
-- in every column, and then no condition tells them apart.
ON FALSE
WHEN NOT MATCHED BY TARGET THEN
  INSERT ROW
WHEN NOT MATCHED BY SOURCE
  AND stored.${time} >= @from
  AND stored.${time} <= @until
  AND CAST(stored.${key} AS STRING) IN UNNEST(@keys) THEN
  DELETE
