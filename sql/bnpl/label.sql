-- Purpose: the checkouts whose label is known, with it.
-- Grain: one row a checkout. `defaulted` is 1 where an instalment due within 28 days was missed, that
--   is, still unpaid fourteen days after it was due; else 0. `exclusion` says why a checkout has no
--   label; NULL where it has one.
-- Inputs: applications, outcomes.
-- Parameters: @from, @until TIMESTAMP bound the checkouts; @as_of TIMESTAMP, what is known when.
-- Cost: both tables between @from and @as_of.
WITH
  cohort AS (
    SELECT * EXCEPT (_ingest_run, _ingested_at)
    FROM applications
    WHERE _timestamp >= @from
      AND _timestamp < @until
  ),
  missed AS (
    SELECT
      transaction_id,
      MIN(due_date) AS first_missed
    FROM outcomes
    WHERE _timestamp >= @from
      AND _timestamp <= @as_of
      AND event = 'missed'
    GROUP BY transaction_id
  )
SELECT
  cohort.*,
  IF(
    missed.first_missed <= DATE_ADD(DATE(cohort._timestamp), INTERVAL 28 DAY), 1, 0
  ) AS defaulted,
  IF(cohort.status = 'declined', 'declined: no plan, no outcome', NULL) AS exclusion
FROM cohort
LEFT JOIN missed
  ON missed.transaction_id = cohort.transaction_id
