-- Purpose: keep alerts as they are told; one that is there already stays as it is.
-- Grain: one row an alert.
-- Inputs: the table of alerts (`alerts`).
-- Parameters: @arrived ARRAY<STRING>: alerts as JSON, as their messages hold them; @from, @until
--   TIMESTAMP: the first and the last time of theirs.
-- Cost: two columns of the partitions that the alerts fall in.
MERGE ${alerts} AS stored
USING (
  SELECT
    JSON_VALUE(alert, '$.alert_id') AS alert_id,
    JSON_VALUE(alert, '$.portfolio') AS portfolio,
    JSON_VALUE(alert, '$.kind') AS kind,
    JSON_VALUE(alert, '$.subject') AS subject,
    JSON_VALUE(alert, '$.segment') AS segment,
    JSON_VALUE(alert, '$.severity') AS severity,
    JSON_VALUE(alert, '$.state') AS state,
    JSON_VALUE(alert, '$.why') AS why,
    CAST(JSON_VALUE(alert, '$.figure') AS FLOAT64) AS figure,
    CAST(JSON_VALUE(alert, '$.limit') AS FLOAT64) AS limit_value,
    CAST(JSON_VALUE(alert, '$.n') AS INT64) AS n,
    JSON_VALUE(alert, '$.text') AS text,
    JSON_VALUE(alert, '$.model_version') AS model_version,
    TIMESTAMP(JSON_VALUE(alert, '$.at')) AS occurred_at,
    TIMESTAMP(JSON_VALUE(alert, '$.since')) AS since,
    JSON_VALUE(alert, '$.owner') AS owner,
    JSON_VALUE(alert, '$.runbook') AS runbook
  FROM UNNEST(@arrived) AS alert
) AS arrived
ON stored.alert_id = arrived.alert_id
  AND stored.occurred_at >= @from
  AND stored.occurred_at <= @until
WHEN NOT MATCHED THEN
  INSERT ROW
