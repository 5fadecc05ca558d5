-- Purpose: since when a champion and a challenger have been compared under one salt.
-- Grain: one row; NULL where the journal does not know.
-- Inputs: flit.registry_events.
-- Parameters: @portfolio, @champion, @challenger, @salt STRING; @as_of TIMESTAMP.
-- Cost: six columns of the portfolio's events, some hundred rows a year.
SELECT MIN(occurred_at) AS began
FROM flit.registry_events
WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  AND occurred_at <= @as_of
  AND portfolio = @portfolio
  AND champion = @champion
  AND challenger = @challenger
  AND salt = @salt
