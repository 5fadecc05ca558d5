-- Purpose: put the steps of a run in place of what was there of its version.
-- Grain: one row a step that is done, refused or under way.
-- Inputs: training_steps.
-- Parameters: @version STRING; @as_of TIMESTAMP; @rows ARRAY<STRING>: the steps as JSON.
-- Cost: the version's partition.
MERGE training_steps AS stored
USING (
  SELECT
    @version AS version,
    @as_of AS as_of,
    JSON_VALUE(step, '$.run') AS run,
    JSON_VALUE(step, '$.actor') AS actor,
    TIMESTAMP(JSON_VALUE(step, '$.begun_at')) AS begun_at,
    CAST(JSON_VALUE(step, '$.place') AS INT64) AS place,
    JSON_VALUE(step, '$.step') AS step,
    JSON_VALUE(step, '$.state') AS state,
    TIMESTAMP(JSON_VALUE(step, '$.started_at')) AS started_at,
    TIMESTAMP(JSON_VALUE(step, '$.ended_at')) AS ended_at,
    JSON_VALUE(step, '$.why') AS why
  FROM UNNEST(@rows) AS step
) AS told
-- Nothing matches: all that is there goes, all that comes stays, in one statement.
ON FALSE
WHEN NOT MATCHED BY TARGET THEN
  INSERT ROW
WHEN NOT MATCHED BY SOURCE AND stored.as_of = @as_of AND stored.version = @version THEN
  DELETE
