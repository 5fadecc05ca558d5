-- Purpose: what the imported model says, beside what the warehouse says of the same applications.
-- Grain: one row in all.
-- Inputs: the imported model (`imported`); the rows that it reads, as serving makes them (`vectors`);
--   the query of the parity proof (`trained`).
-- Cost: a few thousand rows, twice. A BigQuery that runs imported models on reservations only says so.
WITH
  trained AS (
    ${trained}
  ),
  imported AS (
    SELECT
      parity_row,
      -- One column of a tensor: whether BigQuery makes a number or an ARRAY of one of it, is not documented.
      SAFE_CAST(TRIM(TO_JSON_STRING(probability), '[]') AS FLOAT64) AS probability
    FROM ML.PREDICT(MODEL ${imported}, TABLE ${vectors})
  )
SELECT
  COUNT(*) AS applications,
  COUNTIF(imported.probability IS NULL) AS unanswered,
  MAX(ABS(trained.probability - imported.probability)) AS largest_difference
FROM trained
LEFT JOIN imported USING (parity_row)
