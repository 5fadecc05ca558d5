-- Purpose: what became of the applications of a portfolio, personal data masked by who asks.
-- Grain: one row an event of an application.
-- Inputs: the portfolio's outcomes. Filter by the time of the event.
-- Cost: the columns that are asked for, of the partitions that a filter on their time leaves.
SELECT *
FROM ${data}.outcomes
WHERE ${outcome_time} >= TIMESTAMP '2000-01-01 00:00:00 UTC'
