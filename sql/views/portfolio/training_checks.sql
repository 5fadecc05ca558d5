-- Purpose: what every training found of its rows before it trained: contract, quality, leakage, overlap.
-- Grain: one row a check of a field, feature or role.
-- Inputs: training_checks, which retraining writes.
-- Cost: training_checks, some rows a field and version.
SELECT
  version,
  as_of,
  run,
  check_name,
  subject,
  figure,
  limit_value,
  passed
FROM ${data}.training_checks
WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
