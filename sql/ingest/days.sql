-- Purpose: which days have been ingested, when last, and what came.
-- Grain: one row a stream and day.
-- Inputs: ingested_days.
-- Parameters: @from, @until TIMESTAMP: the first moments of the first day and of the one after the last.
-- Cost: the partitions of those days, a few rows each.
SELECT
  FORMAT_TIMESTAMP('%F', day) AS day,
  stream,
  UNIX_MILLIS(_ingested_at) AS ingested_at,
  received,
  accepted,
  quarantined,
  digest
FROM ingested_days
WHERE day >= @from
  AND day < @until
QUALIFY ROW_NUMBER() OVER (PARTITION BY stream, day ORDER BY _ingested_at DESC, _ingest_run DESC) = 1
