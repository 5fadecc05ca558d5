-- Purpose: the accounts whose next payment is known, with it.
-- Grain: one row an account. `defaulted` is 1 where the payment of the following month was missed.
--   `exclusion` says why an account has no label; NULL where it has one.
-- Inputs: applications, outcomes.
-- Parameters: @from, @until TIMESTAMP bound the reviews; @as_of TIMESTAMP, what is known when.
-- Cost: both tables between @from and @as_of.
WITH
  cohort AS (
    SELECT * EXCEPT (_ingest_run, _ingested_at)
    FROM applications
    WHERE _timestamp >= @from
      AND _timestamp < @until
  ),
  known AS (
    SELECT
      id,
      default_payment_next_month
    FROM outcomes
    WHERE _timestamp >= @from
      AND _timestamp <= @as_of
  )
SELECT
  cohort.*,
  known.default_payment_next_month AS defaulted,
  IF(known.id IS NULL, 'next payment not reported', NULL) AS exclusion
FROM cohort
LEFT JOIN known
  ON known.id = cohort.id
