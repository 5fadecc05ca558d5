-- Purpose: keep what a run found of the expectations.
-- Grain: one row a stream, day, expectation and run.
-- Inputs: data_quality.
-- Parameters: @from, @until TIMESTAMP: the first moments of the first day and of the one after the last;
--   @run STRING and @at TIMESTAMP: the run, and when it was due; @found ARRAY<STRING>: the rows as JSON.
-- Cost: the partitions of those days, some rows each.
MERGE data_quality AS stored
USING (
  SELECT
    TIMESTAMP(JSON_VALUE(finding, '$.day')) AS day,
    JSON_VALUE(finding, '$.stream') AS stream,
    JSON_VALUE(finding, '$.expectation') AS expectation,
    JSON_VALUE(finding, '$.kind') AS kind,
    JSON_VALUE(finding, '$.severity') AS severity,
    JSON_VALUE(finding, '$.verdict') AS verdict,
    CAST(JSON_VALUE(finding, '$.figure') AS FLOAT64) AS figure,
    CAST(JSON_VALUE(finding, '$.at_least') AS FLOAT64) AS at_least,
    CAST(JSON_VALUE(finding, '$.at_most') AS FLOAT64) AS at_most,
    CAST(JSON_VALUE(finding, '$.records') AS INT64) AS records,
    CAST(JSON_VALUE(finding, '$.failing') AS INT64) AS failing,
    JSON_VALUE(finding, '$.description') AS description
  FROM UNNEST(@found) AS finding
) AS found
ON stored.day = found.day
  AND stored.stream = found.stream
  AND stored.expectation = found.expectation
  AND stored._ingest_run = @run
  AND stored.day >= @from
  AND stored.day < @until
WHEN MATCHED THEN
  UPDATE SET
    kind = found.kind,
    severity = found.severity,
    verdict = found.verdict,
    figure = found.figure,
    at_least = found.at_least,
    at_most = found.at_most,
    records = found.records,
    failing = found.failing,
    description = found.description
WHEN NOT MATCHED THEN
  INSERT (
    day, stream, expectation, kind, severity, verdict, figure, at_least, at_most, records, failing,
    description, _ingest_run, _ingested_at
  )
  VALUES (
    found.day, found.stream, found.expectation, found.kind, found.severity, found.verdict, found.figure,
    found.at_least, found.at_most, found.records, found.failing, found.description, @run, @at
  )
