-- Purpose: the warehouse's own features and probabilities of given applications, to hold ours against.
-- Grain: one row an application of the parity table.
-- Inputs: a model and the portfolio's features.sql with the row number carried (`features`); the
--   parity table (`parity`).
-- Cost: a few thousand rows.
WITH
  input AS (
    SELECT *
    FROM ${parity}
  ),
  featured AS (
    ${features}
  )
SELECT
  * EXCEPT (predicted_defaulted, predicted_defaulted_probs),
  (SELECT prob FROM UNNEST(predicted_defaulted_probs) WHERE label = 1) AS probability
FROM ML.PREDICT(MODEL ${model}, (SELECT * FROM featured))
ORDER BY parity_row
