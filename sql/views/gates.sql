-- Purpose: what every gate said of every model version: figure, limit and why it is asked.
-- Grain: one row a version and gate.
-- Inputs: registry_events.
-- Column judged_at: When the version was registered with its verdicts.
-- Column gate: Name of the gate.
-- Column passed: Whether the version passed this gate.
-- Column passed_all: Whether it passed all of them; one that did not is never promoted by itself.
-- Column figure: What was found; null where it is no number, which no gate lets pass.
-- Column gate_limit: What it was held against.
-- Column why: Why the gate is there.
WITH
  once AS (
    SELECT portfolio, version, occurred_at, details
    FROM ${flit}.registry_events
    WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
      AND kind = 'gated'
    -- An event that was copied twice is one.
    QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY occurred_at) = 1
  )
SELECT
  portfolio,
  version,
  occurred_at AS judged_at,
  JSON_VALUE(verdict, '$.gate') AS gate,
  CAST(JSON_VALUE(verdict, '$.passed') AS BOOL) AS passed,
  CAST(JSON_VALUE(details, '$.passed') AS BOOL) AS passed_all,
  CAST(JSON_VALUE(verdict, '$.figure') AS FLOAT64) AS figure,
  CAST(JSON_VALUE(verdict, '$.limit') AS FLOAT64) AS gate_limit,
  JSON_VALUE(verdict, '$.why') AS why
FROM once
CROSS JOIN UNNEST(JSON_QUERY_ARRAY(details, '$.gates')) AS verdict
