-- Purpose: put the jobs of a version's run in place of what was there of it.
-- Grain: one row a job.
-- Inputs: training_jobs.
-- Parameters: @version STRING; @as_of TIMESTAMP; @rows ARRAY<STRING>: the jobs as JSON.
-- Cost: the version's partition.
MERGE training_jobs AS stored
USING (
  SELECT
    @version AS version,
    @as_of AS as_of,
    JSON_VALUE(job, '$.step') AS step,
    JSON_VALUE(job, '$.job_id') AS job_id,
    TIMESTAMP(JSON_VALUE(job, '$.started_at')) AS started_at,
    TIMESTAMP(JSON_VALUE(job, '$.ended_at')) AS ended_at,
    CAST(JSON_VALUE(job, '$.bytes_processed') AS INT64) AS bytes_processed,
    CAST(JSON_VALUE(job, '$.bytes_billed') AS INT64) AS bytes_billed,
    CAST(JSON_VALUE(job, '$.slot_ms') AS INT64) AS slot_ms,
    JSON_VALUE(job, '$.failure') AS failure
  FROM UNNEST(@rows) AS job
) AS run
-- Nothing matches: all that is there goes, all that comes stays, in one statement.
ON FALSE
WHEN NOT MATCHED BY TARGET THEN
  INSERT ROW
WHEN NOT MATCHED BY SOURCE AND stored.as_of = @as_of AND stored.version = @version THEN
  DELETE
