-- Purpose: put what a run found in place of what was there of the same moment.
-- Grain: one row a figure.
-- Inputs: flit.monitoring.
-- Parameters: @run_id, @portfolio STRING; @as_of TIMESTAMP; @findings ARRAY<STRING>: the figures as JSON.
-- Cost: the day's partition of the table.
MERGE flit.monitoring AS stored
USING (
  SELECT
    @run_id AS run_id,
    @portfolio AS portfolio,
    @as_of AS as_of,
    JSON_VALUE(finding, '$.kind') AS kind,
    JSON_VALUE(finding, '$.subject') AS subject,
    JSON_VALUE(finding, '$.metric') AS metric,
    JSON_VALUE(finding, '$.segment') AS segment,
    JSON_VALUE(finding, '$.arm') AS arm,
    JSON_VALUE(finding, '$.model_version') AS model_version,
    TIMESTAMP(JSON_VALUE(finding, '$.period_from')) AS period_from,
    TIMESTAMP(JSON_VALUE(finding, '$.period_until')) AS period_until,
    CAST(JSON_VALUE(finding, '$.n') AS INT64) AS n,
    CAST(JSON_VALUE(finding, '$.figure') AS FLOAT64) AS figure,
    CAST(JSON_VALUE(finding, '$.low') AS FLOAT64) AS low,
    CAST(JSON_VALUE(finding, '$.high') AS FLOAT64) AS high,
    CAST(JSON_VALUE(finding, '$.reference') AS FLOAT64) AS reference,
    CAST(JSON_VALUE(finding, '$.threshold') AS FLOAT64) AS threshold,
    CAST(JSON_VALUE(finding, '$.chance') AS FLOAT64) AS chance,
    CAST(JSON_VALUE(finding, '$.p_value') AS FLOAT64) AS p_value,
    JSON_VALUE(finding, '$.verdict') AS verdict,
    JSON_VALUE(finding, '$.severity') AS severity,
    JSON_VALUE(finding, '$.why') AS why
  FROM UNNEST(@findings) AS finding
) AS found
-- Nothing matches: all that is there goes, all that comes stays, in one statement.
ON FALSE
WHEN NOT MATCHED BY TARGET THEN
  INSERT ROW
WHEN NOT MATCHED BY SOURCE AND stored.as_of = @as_of AND stored.portfolio = @portfolio THEN
  DELETE
