-- Purpose: between which times records that arrive are stored already, and how many of quarantine they
--   put right: so that what follows reads only the partitions that it can meet, or need not run.
-- Grain: one row; the times are NULL where no record is stored.
-- Inputs: the stored table (`table`), quarantine, a staging table (`staging`); the record's key (`key`)
--   and time (`time`).
-- Parameters: @from, @until TIMESTAMP: the times between which is looked; @stream STRING.
-- Cost: key and time of the staging table and of the stored partitions in between; of quarantine, what
--   is asked for below.
SELECT
  MIN(stored.${time}) AS first_time,
  MAX(stored.${time}) AS last_time,
  (
    SELECT COUNT(DISTINCT waiting.quarantine_id)
    FROM quarantine AS waiting
    JOIN ${staging} AS arrived
      ON waiting.record_key = CAST(arrived.${key} AS STRING)
      AND IFNULL(waiting.record_time <= arrived.${time}, TRUE)
    WHERE waiting._ingested_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
      AND waiting.stream = @stream
      AND waiting.released_at IS NULL
  ) AS waiting
FROM ${table} AS stored
WHERE stored.${time} >= @from
  AND stored.${time} <= @until
  AND stored.${key} IN (SELECT ${key} FROM ${staging})
