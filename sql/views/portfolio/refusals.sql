-- Purpose: how many records the contracts of a portfolio refused, and why; without the records.
-- Grain: one row a day, stream, field and fault.
-- Inputs: the portfolio's quarantine, as far back as it reaches.
-- Cost: id, stream, faults and time of all of quarantine, which keeps a quarter of a year; never the records.
-- Column day: when they were refused, in UTC.
-- Column stream: applications or outcomes.
-- Column pointer: JSON pointer to the field; empty for the whole record.
-- Column problem: what is wrong with it.
-- Column records: how many records have the fault.
SELECT
  DATE(_ingested_at) AS day,
  stream,
  fault.pointer,
  fault.problem,
  COUNT(DISTINCT quarantine_id) AS records
FROM ${data}.quarantine
CROSS JOIN UNNEST(faults) AS fault
WHERE _ingested_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
GROUP BY day, stream, pointer, problem
