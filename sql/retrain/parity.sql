-- Purpose: the warehouse's own features and probabilities of given applications, to hold ours against.
-- Grain: one row an application of the parity table.
-- Inputs: the portfolio's features.sql with the row number carried (`features`); the parity table
--   (`parity`); the query that gives each of `featured` its probability (`probabilities`).
-- Cost: a few thousand rows.
WITH
  input AS (
    SELECT *
    FROM ${parity}
  ),
  featured AS (
    ${features}
  )
SELECT *
FROM (${probabilities})
ORDER BY parity_row
