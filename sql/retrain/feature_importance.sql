-- Purpose: put what features do in a version in place of what was there of it.
-- Grain: one row a feature.
-- Inputs: feature_importance.
-- Parameters: @version STRING; @as_of TIMESTAMP; @rows ARRAY<STRING>: the features as JSON.
-- Cost: the version's partition.
MERGE feature_importance AS stored
USING (
  SELECT
    @version AS version,
    @as_of AS as_of,
    JSON_VALUE(feature, '$.feature') AS feature,
    CAST(JSON_VALUE(feature, '$.applications') AS INT64) AS applications,
    CAST(JSON_VALUE(feature, '$.attribution') AS FLOAT64) AS attribution,
    CAST(JSON_VALUE(feature, '$.mean_contribution') AS FLOAT64) AS mean_contribution,
    CAST(JSON_VALUE(feature, '$.correlation') AS FLOAT64) AS correlation,
    CAST(JSON_VALUE(feature, '$.importance_weight') AS FLOAT64) AS importance_weight,
    CAST(JSON_VALUE(feature, '$.importance_gain') AS FLOAT64) AS importance_gain,
    CAST(JSON_VALUE(feature, '$.importance_cover') AS FLOAT64) AS importance_cover
  FROM UNNEST(@rows) AS feature
) AS measured
-- Nothing matches: all that is there goes, all that comes stays, in one statement.
ON FALSE
WHEN NOT MATCHED BY TARGET THEN
  INSERT ROW
WHEN NOT MATCHED BY SOURCE AND stored.as_of = @as_of AND stored.version = @version THEN
  DELETE
