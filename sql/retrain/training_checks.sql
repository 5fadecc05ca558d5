-- Purpose: put what was found of a version's rows in place of what was there of it.
-- Grain: one row a check of a field, feature or role.
-- Inputs: training_checks.
-- Parameters: @version STRING; @as_of TIMESTAMP; @rows ARRAY<STRING>: the checks as JSON.
-- Cost: the version's partition.
MERGE training_checks AS stored
USING (
  SELECT
    @version AS version,
    @as_of AS as_of,
    JSON_VALUE(one, '$.run') AS run,
    JSON_VALUE(one, '$.check') AS check_name,
    JSON_VALUE(one, '$.subject') AS subject,
    CAST(JSON_VALUE(one, '$.figure') AS FLOAT64) AS figure,
    CAST(JSON_VALUE(one, '$.limit') AS FLOAT64) AS limit_value,
    CAST(JSON_VALUE(one, '$.passed') AS BOOL) AS passed
  FROM UNNEST(@rows) AS one
) AS found
-- Nothing matches: all that is there goes, all that comes stays, in one statement.
ON FALSE
WHEN NOT MATCHED BY TARGET THEN
  INSERT ROW
WHEN NOT MATCHED BY SOURCE AND stored.as_of = @as_of AND stored.version = @version THEN
  DELETE
