-- Purpose: put a planned run on record; one that is there already stays as it is.
-- Grain: one row a run.
-- Inputs: the table of runs (`runs`).
-- Parameters: @plan STRING: the plan as JSON, as its object holds it.
-- Cost: the ids of a day's runs.
MERGE ${runs} AS stored
USING (
  SELECT
    JSON_VALUE(@plan, '$.run_id') AS run_id,
    TIMESTAMP(JSON_VALUE(@plan, '$.planned_at')) AS planned_at,
    JSON_VALUE(@plan, '$.model.version') AS model_version,
    JSON_VALUE(@plan, '$.policy_version') AS policy_version,
    JSON_QUERY(@plan, '$.request') AS request,
    CAST(JSON_VALUE(@plan, '$.rows') AS INT64) AS size,
    CAST(JSON_VALUE(@plan, '$.refused') AS INT64) AS refused,
    ARRAY_LENGTH(JSON_QUERY_ARRAY(@plan, '$.shards')) AS shards,
    CAST(JSON_VALUE(@plan, '$.cost.bytes_processed') AS INT64) AS bytes_processed,
    CAST(JSON_VALUE(@plan, '$.cost.bytes_billed') AS INT64) AS bytes_billed,
    CAST(JSON_VALUE(@plan, '$.cost.slot_ms') AS INT64) AS slot_ms
) AS planned
ON stored.run_id = planned.run_id
  AND stored.planned_at = TIMESTAMP(JSON_VALUE(@plan, '$.planned_at'))
WHEN NOT MATCHED THEN
  INSERT ROW
