-- Purpose: the times that a staging table spans, so that a merge reads only the partitions it can meet.
-- Grain: one row.
-- Inputs: a staging table (`staging`) and the record's time (`time`).
-- Cost: one column of the staging table.
SELECT
  MIN(${time}) AS first_time,
  MAX(${time}) AS last_time
FROM ${staging}
