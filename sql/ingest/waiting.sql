-- Purpose: records that wait in quarantine, so many at a time.
-- Grain: one row a quarantined record.
-- Inputs: quarantine.
-- Parameters: @stream STRING; @after STRING: the id behind which it goes on; @from, @until TIMESTAMP: between
--   which it was put there; @most INT64.
-- Cost: stream, id and record of quarantine's partitions in between.
SELECT quarantine_id, record
FROM quarantine
WHERE _ingested_at >= @from
  AND _ingested_at < @until
  AND stream = @stream
  AND released_at IS NULL
  AND quarantine_id > @after
ORDER BY quarantine_id
LIMIT @most
