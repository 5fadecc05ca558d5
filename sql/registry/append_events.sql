-- Purpose: copy events of the registry from their objects in Cloud Storage; one that is there already
--   stays as it is.
-- Grain: one row an event.
-- Inputs: the table of events (`events`).
-- Parameters: @arrived ARRAY<STRING>: events as JSON, as their objects hold them.
-- Cost: one column of the table.
MERGE ${events} AS stored
USING (
  SELECT
    JSON_VALUE(event, '$.event_id') AS event_id,
    JSON_VALUE(event, '$.portfolio') AS portfolio,
    JSON_VALUE(event, '$.kind') AS kind,
    TIMESTAMP(JSON_VALUE(event, '$.occurred_at')) AS occurred_at,
    JSON_VALUE(event, '$.actor') AS actor,
    JSON_VALUE(event, '$.reason') AS reason,
    JSON_VALUE(event, '$.version') AS version,
    CAST(JSON_VALUE(event, '$.generation') AS INT64) AS generation,
    CAST(JSON_VALUE(event, '$.previous_generation') AS INT64) AS previous_generation,
    JSON_VALUE(event, '$.champion') AS champion,
    JSON_VALUE(event, '$.challenger') AS challenger,
    CAST(JSON_VALUE(event, '$.share') AS FLOAT64) AS share,
    ARRAY(
      SELECT AS STRUCT
        TIMESTAMP(JSON_VALUE(step, '$.begins_at')) AS begins_at,
        CAST(JSON_VALUE(step, '$.share') AS FLOAT64) AS share
      FROM UNNEST(JSON_QUERY_ARRAY(event, '$.steps')) AS step WITH OFFSET AS place
      ORDER BY place
    ) AS steps,
    JSON_VALUE_ARRAY(event, '$.shadows') AS shadows,
    JSON_VALUE(event, '$.salt') AS salt,
    CAST(JSON_VALUE(event, '$.kill_switch') AS BOOL) AS kill_switch,
    JSON_QUERY(event, '$.details') AS details
  FROM UNNEST(@arrived) AS event
) AS arrived
ON stored.event_id = arrived.event_id
  -- All of them: the table refuses to be read without a word on its partitions.
  AND stored.occurred_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
WHEN NOT MATCHED THEN
  INSERT ROW
