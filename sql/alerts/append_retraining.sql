-- Purpose: keep that breaches have started a retraining; one that is there already stays as it is.
-- Grain: one row.
-- Inputs: flit.retrainings.
-- Parameters: @retraining STRING: the row as JSON; @at TIMESTAMP: when the run was due that asked.
-- Cost: two columns of one partition.
MERGE flit.retrainings AS stored
USING (
  SELECT
    JSON_VALUE(@retraining, '$.retraining_id') AS retraining_id,
    JSON_VALUE(@retraining, '$.portfolio') AS portfolio,
    @at AS asked_at,
    JSON_VALUE(@retraining, '$.job') AS job,
    TIMESTAMP(JSON_VALUE(@retraining, '$.started_at')) AS started_at,
    ARRAY(
      SELECT AS STRUCT
        JSON_VALUE(cause, '$.kind') AS kind,
        JSON_VALUE(cause, '$.severity') AS severity
      FROM UNNEST(JSON_QUERY_ARRAY(@retraining, '$.causes')) AS cause WITH OFFSET AS place
      ORDER BY place
    ) AS causes,
    CAST(JSON_VALUE(@retraining, '$.breaches') AS INT64) AS breaches
) AS asked
ON stored.retraining_id = asked.retraining_id
  AND stored.asked_at = @at
WHEN NOT MATCHED THEN
  INSERT ROW
