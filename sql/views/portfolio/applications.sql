-- Purpose: the applications of a portfolio as they were ingested, personal data masked by who asks.
-- Grain: one row an application.
-- Inputs: the portfolio's applications. Filter by the time of the application.
-- Cost: the columns that are asked for, of the partitions that a filter on their time leaves.
SELECT *
FROM ${data}.applications
WHERE ${application_time} >= TIMESTAMP '2000-01-01 00:00:00 UTC'
