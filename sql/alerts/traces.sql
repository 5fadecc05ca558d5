-- Purpose: when the jobs of a portfolio last left a trace of their work.
-- Grain: one row a job; no time where there is no trace since @from.
-- Inputs: ingested_days of the portfolio, flit.registry_events, flit.monitoring.
-- Parameters: @portfolio STRING; @from, @at TIMESTAMP: how far to look back, and when the run is due that
--   asks: its own trace does not count.
-- Cost: one or two columns of the partitions since @from, a few rows each.
SELECT
  'ingest' AS job,
  MAX(_ingested_at) AS seen_at
FROM ingested_days
WHERE day >= @from
UNION ALL
SELECT
  'retrain' AS job,
  MAX(occurred_at) AS seen_at
FROM flit.registry_events
WHERE portfolio = @portfolio
  AND kind = 'created'
  AND occurred_at >= @from
UNION ALL
SELECT
  'drift' AS job,
  MAX(as_of) AS seen_at
FROM flit.monitoring
WHERE portfolio = @portfolio
  AND as_of >= @from
  AND as_of < @at
