-- Purpose: how many rows of a snapshot play which role, and how many of them are bad.
-- Grain: one row a role.
-- Inputs: a training snapshot (`snapshot`).
-- Cost: two columns of the snapshot.
SELECT
  role,
  COUNT(*) AS applications,
  COUNTIF(defaulted = 1) AS bad
FROM ${snapshot}
GROUP BY role
ORDER BY role
