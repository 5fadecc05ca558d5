-- Purpose: what the columns of a stream were like on some days, in place of what was kept of these days.
-- Grain: one row a day, stream and column.
-- Inputs: a raw table (`table`) and the record's time (`time`); its columns (`columns`): a list of STRUCTs of
--   what is counted of each. One pass, whatever their number.
-- Parameters: @from, @until TIMESTAMP: the first moments of the first day and of the one after the last;
--   @stream, @run STRING and @at TIMESTAMP: the run, and when it was due.
-- Cost: the partitions of those days, whole: for bnpl about 450 bytes an application, 150 an outcome.
MERGE column_profiles AS stored
USING (
  WITH
    counted AS (
      SELECT
        TIMESTAMP_TRUNC(${time}, DAY) AS day,
        COUNT(*) AS records,
        ${columns} AS profiles
      FROM ${table}
      WHERE ${time} >= @from
        AND ${time} < @until
      GROUP BY day
    )
  SELECT
    counted.day,
    @stream AS stream,
    profile.column_name,
    profile.type,
    counted.records,
    profile.missing,
    profile.different,
    profile.minimum,
    profile.maximum,
    profile.mean,
    profile.deviation,
    profile.quantiles,
    profile.top_values,
    @run AS _ingest_run,
    @at AS _ingested_at
  FROM counted
  CROSS JOIN UNNEST(counted.profiles) AS profile
) AS found
-- Nothing matches: all that is there of these days goes, all that comes stays, in one statement.
ON FALSE
WHEN NOT MATCHED BY TARGET THEN
  INSERT ROW
WHEN NOT MATCHED BY SOURCE
  AND stored.day >= @from
  AND stored.day < @until
  AND stored.stream = @stream THEN
  DELETE
