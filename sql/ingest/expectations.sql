-- Purpose: count the records of some days, and of each expectation those that it is about and those that
--   fail it.
-- Grain: one row a day that has records.
-- Inputs: a raw table (`table`) and the record's time (`time`); for references applications, their key and
--   time. From expectations.json: what is found of a record (`findings`), and what is counted of that
--   (`counts`): `about_<n>` and `failing_<n>`.
-- Parameters: @from, @until TIMESTAMP: the first moments of the first day and of the one after the last;
--   those that the expectations name: @e<n>_….
-- Cost: the partitions of those days, the columns that are expected something of; for references the key of
--   applications, as many days before as the expectation says.
WITH
  found AS (
    SELECT
      ${time} AS time_of_record,
      ${findings}
    FROM ${table}
    WHERE ${time} >= @from
      AND ${time} < @until
  )
SELECT
  FORMAT_TIMESTAMP('%F', time_of_record) AS day,
  COUNT(*) AS records,
  UNIX_MILLIS(MAX(time_of_record)) AS last_time,
  ${counts}
FROM found
GROUP BY day
