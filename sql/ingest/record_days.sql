-- Purpose: say that days have been ingested: from now on a repeated range passes them over.
-- Grain: one row a stream, day and run.
-- Inputs: ingested_days.
-- Parameters: @from, @until TIMESTAMP: the first moments of the first day and of the one after the last;
--   @run STRING and @at TIMESTAMP: the run, and when it was due; @rows ARRAY<STRING>: the days as JSON.
-- Cost: the partitions of those days, a few rows each.
MERGE ingested_days AS stored
USING (
  SELECT
    TIMESTAMP(JSON_VALUE(row, '$.day')) AS day,
    JSON_VALUE(row, '$.stream') AS stream,
    CAST(JSON_VALUE(row, '$.received') AS INT64) AS received,
    CAST(JSON_VALUE(row, '$.accepted') AS INT64) AS accepted,
    CAST(JSON_VALUE(row, '$.quarantined') AS INT64) AS quarantined,
    JSON_VALUE(row, '$.digest') AS digest
  FROM UNNEST(@rows) AS row
) AS ingested
ON stored.day = ingested.day
  AND stored.stream = ingested.stream
  AND stored._ingest_run = @run
  AND stored.day >= @from
  AND stored.day < @until
WHEN MATCHED THEN
  UPDATE SET
    received = ingested.received,
    accepted = ingested.accepted,
    quarantined = ingested.quarantined,
    digest = ingested.digest
WHEN NOT MATCHED THEN
  INSERT (day, stream, received, accepted, quarantined, digest, _ingest_run, _ingested_at)
  VALUES (
    ingested.day, ingested.stream, ingested.received, ingested.accepted, ingested.quarantined,
    ingested.digest, @run, @at
  )
