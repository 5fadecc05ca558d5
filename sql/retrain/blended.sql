-- Purpose: what a blend says of rows, from the sum of its members' log-odds.
-- Grain: one row a row.
-- Inputs: a query (`rows`).
-- Cost: what the query costs.
SELECT
  * EXCEPT (blended_log_odds),
  1 / (1 + EXP(-blended_log_odds)) AS probability
FROM (${rows})
