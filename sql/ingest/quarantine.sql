-- Purpose: keep records that a contract does not allow; one that is there already stays as it is.
-- Grain: one row a record.
-- Inputs: quarantine; a staging table of its columns (`staging`).
-- Parameters: @run STRING; @at TIMESTAMP: the run that found them, and when it was due.
-- Cost: the staging table, and the id of all of quarantine: a bad record comes again at another time.
MERGE quarantine AS stored
USING (
  SELECT *
  FROM ${staging}
  QUALIFY ROW_NUMBER() OVER (PARTITION BY quarantine_id ORDER BY _position) = 1
) AS arrived
ON stored.quarantine_id = arrived.quarantine_id
  AND stored._ingested_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
WHEN NOT MATCHED THEN
  INSERT (
    quarantine_id, stream, record, faults, record_key, record_time, _ingest_run, _ingested_at
  )
  VALUES (
    arrived.quarantine_id, arrived.stream, arrived.record, arrived.faults, arrived.record_key,
    arrived.record_time, @run, @at
  )
