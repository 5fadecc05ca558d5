-- Purpose: let those leave quarantine that the contract allows now, also where no key is known of them. They
--   are marked, never deleted.
-- Grain: one row a quarantined record.
-- Inputs: quarantine.
-- Parameters: @ids ARRAY<STRING>; @from, @until TIMESTAMP: between which they were put there; @run STRING and
--   @at TIMESTAMP: the run, and when it was due.
-- Cost: quarantine's partitions in between.
UPDATE quarantine
SET released_at = @at, released_by = @run, release = 'accepted'
WHERE _ingested_at >= @from
  AND _ingested_at < @until
  AND released_at IS NULL
  AND quarantine_id IN UNNEST(@ids)
