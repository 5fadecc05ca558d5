-- Purpose: let those leave quarantine of which the same record, of their time or later, has been merged now.
--   They are marked, never deleted.
-- Grain: one row a quarantined record.
-- Inputs: quarantine; a staging table (`staging`), the record's key (`key`) and time (`time`).
-- Parameters: @stream, @run STRING; @at TIMESTAMP: when the run was due; @release STRING: what put them right.
-- Cost: quarantine, and key and time of the staging table.
UPDATE quarantine
SET released_at = @at, released_by = @run, release = @release
WHERE _ingested_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  AND stream = @stream
  AND released_at IS NULL
  AND EXISTS (
    SELECT 1
    FROM ${staging} AS arrived
    WHERE CAST(arrived.${key} AS STRING) = record_key
      AND IFNULL(record_time <= arrived.${time}, TRUE)
  )
