-- Purpose: put what a version was chosen from in place of what was there of it.
-- Grain: one row a candidate and split.
-- Inputs: candidates.
-- Parameters: @version STRING; @as_of TIMESTAMP; @rows ARRAY<STRING>: candidates and splits as JSON.
-- Cost: the version's partition.
MERGE candidates AS stored
USING (
  SELECT
    @version AS version,
    @as_of AS as_of,
    JSON_VALUE(candidate, '$.candidate') AS candidate,
    JSON_VALUE(candidate, '$.model_type') AS model_type,
    JSON_VALUE(candidate, '$.options') AS options,
    CAST(JSON_VALUE(candidate, '$.split') AS INT64) AS split,
    CAST(JSON_VALUE(candidate, '$.applications') AS INT64) AS applications,
    CAST(JSON_VALUE(candidate, '$.bad') AS INT64) AS bad,
    CAST(JSON_VALUE(candidate, '$.auc') AS FLOAT64) AS auc,
    CAST(JSON_VALUE(candidate, '$.log_loss') AS FLOAT64) AS log_loss,
    CAST(JSON_VALUE(candidate, '$.brier') AS FLOAT64) AS brier,
    CAST(JSON_VALUE(candidate, '$.mean_pd') AS FLOAT64) AS mean_pd,
    CAST(JSON_VALUE(candidate, '$.bad_rate') AS FLOAT64) AS bad_rate,
    CAST(JSON_VALUE(candidate, '$.profit') AS FLOAT64) AS profit,
    CAST(JSON_VALUE(candidate, '$.chosen') AS BOOL) AS chosen,
    JSON_VALUE(candidate, '$.why') AS why,
    JSON_VALUE(candidate, '$.members') AS members
  FROM UNNEST(@rows) AS candidate
) AS measured
-- Nothing matches: all that is there goes, all that comes stays, in one statement.
ON FALSE
WHEN NOT MATCHED BY TARGET THEN
  INSERT ROW
WHEN NOT MATCHED BY SOURCE AND stored.as_of = @as_of AND stored.version = @version THEN
  DELETE
