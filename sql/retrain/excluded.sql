-- Purpose: count the applications of the training window that have no label, by reason.
-- Grain: one row a reason; NULL for those that are used.
-- Inputs: the portfolio's label.sql (`label`).
-- Parameters: those of label.sql.
-- Cost: as snapshot.sql, fewer columns.
WITH
  labelled AS (
    ${label}
  )
SELECT
  exclusion,
  COUNT(*) AS applications
FROM labelled
GROUP BY exclusion
ORDER BY exclusion
