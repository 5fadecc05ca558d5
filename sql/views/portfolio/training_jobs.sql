-- Purpose: what every step of every training took.
-- Grain: one row a job of the last run of a version.
-- Inputs: training_jobs, which retraining writes.
-- Cost: training_jobs, some ten rows a version.
-- Column step: What the job did: snapshot, train-<model>, predictions and so on; with a number behind it where it was tried again.
-- Column seconds: From when it began to run to its end.
-- Column bytes_processed: Bytes that it read.
-- Column bytes_billed: Bytes that are paid for where queries are paid by the byte; training has a price of its own.
-- Column slot_ms: Milliseconds of slots, paid for where capacity is.
-- Column failure: Why it failed; null where it did not.
SELECT
  version,
  as_of,
  step,
  job_id,
  started_at,
  ended_at,
  TIMESTAMP_DIFF(ended_at, started_at, MILLISECOND) / 1000 AS seconds,
  bytes_processed,
  bytes_billed,
  slot_ms,
  failure
FROM ${data}.training_jobs
WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
