-- Purpose: put a shard that is done on record; one that is there already stays as it is.
-- Grain: one row a shard of a run.
-- Inputs: the table of shards (`shards`).
-- Parameters: @done STRING: what was done as JSON, as its object holds it.
-- Cost: the ids of the shards of a day's runs.
MERGE ${shards} AS stored
USING (
  SELECT
    JSON_VALUE(@done, '$.run_id') AS run_id,
    TIMESTAMP(JSON_VALUE(@done, '$.planned_at')) AS planned_at,
    CAST(JSON_VALUE(@done, '$.shard') AS INT64) AS shard,
    CAST(JSON_VALUE(@done, '$.scored') AS INT64) AS scored,
    CAST(JSON_VALUE(@done, '$.refused') AS INT64) AS refused,
    TIMESTAMP(JSON_VALUE(@done, '$.finished_at')) AS finished_at,
    CAST(JSON_VALUE(@done, '$.attempt') AS INT64) AS attempt,
    CAST(JSON_VALUE(@done, '$.milliseconds') AS FLOAT64) AS milliseconds,
    CAST(JSON_VALUE(@done, '$.input_bytes') AS INT64) AS input_bytes,
    CAST(JSON_VALUE(@done, '$.output_bytes') AS INT64) AS output_bytes
) AS done
ON stored.run_id = done.run_id
  AND stored.shard = done.shard
  AND stored.planned_at = TIMESTAMP(JSON_VALUE(@done, '$.planned_at'))
WHEN NOT MATCHED THEN
  INSERT ROW
