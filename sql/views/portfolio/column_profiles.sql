-- Purpose: what every column of the raw records was like, day by day, beside the day a week before; without the records.
-- Grain: one row a day, stream and column.
-- Inputs: column_profiles, which the function ingest writes. Filter on day.
-- Cost: the columns that are asked for, of the partitions that a filter on day leaves: a row a column and day, about 300 bytes each.
-- Column missing_share: The share of records without a value.
-- Column missing_share_week_before: The same seven days before; null where that day was not ingested.
-- Column mean_week_before: The mean of seven days before.
-- Column first_quartile: A quarter of the numbers are at most this, about.
-- Column median: Half of the numbers are at most this, about.
-- Column third_quartile: Three quarters of the numbers are at most this, about.
-- Column top_value: The most frequent value of a list.
-- Column top_value_share: The share of records that have it.
WITH
  profiles AS (
    SELECT *
    FROM ${data}.column_profiles
    WHERE day >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  )
SELECT
  profile.day,
  profile.stream,
  profile.column_name,
  profile.type,
  profile.records,
  SAFE_DIVIDE(profile.missing, profile.records) AS missing_share,
  SAFE_DIVIDE(before.missing, before.records) AS missing_share_week_before,
  profile.different,
  profile.minimum,
  profile.quantiles[SAFE_OFFSET(1)] AS first_quartile,
  profile.quantiles[SAFE_OFFSET(2)] AS median,
  profile.quantiles[SAFE_OFFSET(3)] AS third_quartile,
  profile.maximum,
  profile.mean,
  before.mean AS mean_week_before,
  profile.deviation,
  profile.top_values[SAFE_OFFSET(0)].value AS top_value,
  SAFE_DIVIDE(profile.top_values[SAFE_OFFSET(0)].count, profile.records) AS top_value_share,
  profile.top_values
FROM profiles AS profile
LEFT JOIN profiles AS before
  ON before.stream = profile.stream
  AND before.column_name = profile.column_name
  AND before.day = TIMESTAMP_SUB(profile.day, INTERVAL 7 * 24 HOUR)
