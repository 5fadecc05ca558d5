-- Purpose: add what one member of a blend says to the sum of those before it.
-- Grain: one row a row.
-- Inputs: a model and what it counts for (`weight`); a query with the sum so far (`rows`).
-- Cost: what the query costs.
SELECT
  * EXCEPT (predicted_defaulted, predicted_defaulted_probs, blended_log_odds),
  -- Of both probabilities: they come as float32, and 1 less one that is nearly 1 has hardly a digit.
  blended_log_odds + ${weight} * (
    SELECT SUM(IF(label = 1, 1, -1) * LN(GREATEST(prob, 1e-38)))
    FROM UNNEST(predicted_defaulted_probs)
  ) AS blended_log_odds
FROM ML.PREDICT(MODEL ${model}, (${rows}))
