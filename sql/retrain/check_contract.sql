-- Purpose: how many applications of the training window have a field that the contract does not allow.
-- Grain: one row a field that the contract bounds.
-- Inputs: applications; a STRUCT of name and count for every field (`fields`); the column of their
--   time (`time`).
-- Parameters: @from, @until, @known_by TIMESTAMP.
-- Cost: the bounded columns of the applications of the window.
WITH
  found AS (
    SELECT
      COUNT(*) AS applications,
      [
        ${fields}
      ] AS fields
    FROM applications
    WHERE ${time} >= @from
      AND ${time} < @until
      AND _ingested_at <= @known_by
  )
SELECT
  field.name,
  found.applications,
  field.broken
FROM found, UNNEST(found.fields) AS field
ORDER BY field.name
