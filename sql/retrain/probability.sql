-- Purpose: what a model says of rows, beside all that they hold.
-- Grain: one row a row.
-- Inputs: a model; a query (`rows`).
-- Cost: what the query costs.
SELECT
  * EXCEPT (predicted_defaulted, predicted_defaulted_probs),
  (SELECT prob FROM UNNEST(predicted_defaulted_probs) WHERE label = 1) AS probability
FROM ML.PREDICT(MODEL ${model}, (${rows}))
