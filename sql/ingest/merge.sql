-- Purpose: put records that arrived beside those that are stored. Of those with one key the latest by
--   its own time is kept; of the same time, the one that arrived last. What is stored as it came stays
--   untouched.
-- Grain: one row a record.
-- Inputs: the stored table (`table`), a staging table of the contract's columns and `_position`, a
--   record's place among those of its day (`staging`); the record's key (`key`) and time (`time`).
--   From the contract: its columns (`columns`), the same of what arrived (`arrived`), whether one of them
--   differs (`differs`), all of them set (`assignments`).
-- Parameters: @from, @until TIMESTAMP: the times between which a record may be stored already; @run
--   STRING and @at TIMESTAMP: the run that brings them, and when it was due.
-- Cost: the staging table, and the contract's columns of the stored partitions in between; where records
--   are replaced, their partitions whole.
MERGE ${table} AS stored
USING (
  SELECT *
  FROM ${staging}
  QUALIFY ROW_NUMBER() OVER (PARTITION BY ${key} ORDER BY ${time} DESC, _position DESC) = 1
) AS arrived
ON stored.${key} = arrived.${key}
  AND stored.${time} >= @from
  AND stored.${time} <= @until
WHEN MATCHED AND stored.${time} <= arrived.${time} AND (${differs}) THEN
  UPDATE SET ${assignments}, _ingest_run = @run, _ingested_at = @at
WHEN NOT MATCHED THEN
  INSERT (${columns}, _ingest_run, _ingested_at)
  VALUES (${arrived}, @run, @at)
