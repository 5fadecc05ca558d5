-- Purpose: what a model says of rows that it was not fitted on.
-- Grain: one row an application.
-- Inputs: the query that gives each of those rows its probability (`probabilities`).
-- Cost: the snapshot's columns, once.
SELECT
  application_id,
  applied_at,
  role,
  defaulted,
  probability
FROM (${probabilities})
