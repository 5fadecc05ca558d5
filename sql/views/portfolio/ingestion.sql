-- Purpose: every day as it was last ingested: what came, what the contract refused, how it compares with
--   the same weekday a week before, and what it was found to be.
-- Grain: one row a day and stream.
-- Inputs: ingested_days, data_quality.
-- Cost: ingested_days, twice, and four columns of data_quality: some short rows a day.
-- Column ingestions: how often the day was ingested.
-- Column refused_share: share of what came that the contract refused; NULL where nothing came.
-- Column week_before: records accepted seven days before.
-- Column failed: expectations of severity fail that the day did not meet.
-- Column warned: expectations of severity warn that it did not meet.
-- Column not_measurable: expectations that could not be judged.
WITH
  days AS (
    SELECT
      *,
      COUNT(*) OVER (PARTITION BY stream, day) AS ingestions
    FROM ${data}.ingested_days
    WHERE day >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY stream, day ORDER BY _ingested_at DESC, _ingest_run DESC
    ) = 1
  ),
  latest AS (
    SELECT day, stream, severity, verdict
    FROM ${data}.data_quality
    WHERE day >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY day, stream, expectation ORDER BY _ingested_at DESC, _ingest_run DESC
    ) = 1
  ),
  quality AS (
    SELECT
      day,
      stream,
      COUNTIF(verdict = 'failed' AND severity = 'fail') AS failed,
      COUNTIF(verdict = 'failed' AND severity = 'warn') AS warned,
      COUNTIF(verdict = 'not_measurable') AS not_measurable
    FROM latest
    GROUP BY day, stream
  )
SELECT
  days.day,
  days.stream,
  days.ingestions,
  days.received,
  days.accepted,
  days.quarantined,
  SAFE_DIVIDE(days.quarantined, days.received) AS refused_share,
  before.accepted AS week_before,
  IFNULL(quality.failed, 0) AS failed,
  IFNULL(quality.warned, 0) AS warned,
  IFNULL(quality.not_measurable, 0) AS not_measurable,
  days._ingest_run,
  days._ingested_at
FROM days
LEFT JOIN days AS before
  ON before.stream = days.stream
  AND before.day = TIMESTAMP_SUB(days.day, INTERVAL 7 * 24 HOUR)
LEFT JOIN quality
  ON quality.stream = days.stream
  AND quality.day = days.day
