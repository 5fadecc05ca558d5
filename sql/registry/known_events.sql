-- Purpose: which events of a portfolio's registry the warehouse has.
-- Grain: one row an event.
-- Inputs: the table of events (`events`).
-- Parameters: @portfolio STRING.
-- Cost: two columns of the table.
SELECT DISTINCT event_id
FROM ${events}
WHERE portfolio = @portfolio
  AND occurred_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
