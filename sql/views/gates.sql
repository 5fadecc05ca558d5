-- Purpose: what every gate said of every model version: figure, how sure it is, limit, and why it is asked.
-- Grain: one row a version and gate.
-- Inputs: registry_events.
-- Cost: four columns of registry_events, some hundred rows a year.
-- Column judged_at: When the version was registered with its verdicts.
-- Column gate: Name of the gate.
-- Column passed: Whether the version passed this gate.
-- Column passed_all: Whether no gate refused it; one that was refused is never promoted by itself.
-- Column waits: Whether a named person has to approve it before it may decide; null for versions of before there was such a choice.
-- Column verdict: passed, failed, or not_measurable where the applications cannot tell.
-- Column figure: What was found; null where it is no number, which no gate lets pass.
-- Column figure_low: Lower end of the 95% interval of the figure; null where it has none.
-- Column figure_high: Its upper end.
-- Column applications: How many the figure is of; null where that is not said.
-- Column p_value: The probability of as much where there is no difference; null where nothing is tested.
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
  JSON_VALUE(found, '$.gate') AS gate,
  CAST(JSON_VALUE(found, '$.passed') AS BOOL) AS passed,
  CAST(JSON_VALUE(details, '$.passed') AS BOOL) AS passed_all,
  CAST(JSON_VALUE(details, '$.waits') AS BOOL) AS waits,
  -- Older versions have passed alone.
  COALESCE(
    JSON_VALUE(found, '$.verdict'),
    IF(CAST(JSON_VALUE(found, '$.passed') AS BOOL), 'passed', 'failed')
  ) AS verdict,
  CAST(JSON_VALUE(found, '$.figure') AS FLOAT64) AS figure,
  CAST(JSON_VALUE(found, '$.interval[0]') AS FLOAT64) AS figure_low,
  CAST(JSON_VALUE(found, '$.interval[1]') AS FLOAT64) AS figure_high,
  CAST(JSON_VALUE(found, '$.n') AS INT64) AS applications,
  CAST(JSON_VALUE(found, '$.p_value') AS FLOAT64) AS p_value,
  CAST(JSON_VALUE(found, '$.limit') AS FLOAT64) AS gate_limit,
  JSON_VALUE(found, '$.why') AS why
FROM once
CROSS JOIN UNNEST(JSON_QUERY_ARRAY(details, '$.gates')) AS found
