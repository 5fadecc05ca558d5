-- Purpose: what was expected of every day's records and what was found, as it stands after the last
--   ingestion of the day.
-- Grain: one row a day, stream and expectation.
-- Inputs: data_quality.
-- Cost: data_quality: a row a day and expectation, about 300 bytes each.
SELECT *
FROM ${data}.data_quality
WHERE day >= TIMESTAMP '2000-01-01 00:00:00 UTC'
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY day, stream, expectation ORDER BY _ingested_at DESC, _ingest_run DESC
) = 1
