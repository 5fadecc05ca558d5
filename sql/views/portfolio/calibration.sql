-- Purpose: whether probabilities of default come true: how many turned bad in every band of them, by model version.
-- Grain: one row a version and band that has applications. The bands are the same for all versions.
-- Inputs: evaluations, which retraining writes.
-- Cost: version, label and probabilities of all of evaluations: some thousand rows a version.
-- Column pd_from: Where the band begins; it counts in.
-- Column pd_below: Where it ends.
-- Column applications: How many are in the band.
-- Column bad: How many of them turned bad.
-- Column mean_pd: Mean calibrated probability of default in it.
-- Column bad_rate: The share that turned bad.
-- Column bad_rate_low: Lower end of the 95% interval of the bad rate (Wilson's).
-- Column bad_rate_high: Its upper end. A mean_pd outside of both is more than chance explains.
WITH
  bands AS (
    SELECT [0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1] AS edges
  ),
  placed AS (
    SELECT
      version,
      as_of,
      defaulted,
      pd,
      -- What reaches the last edge is in the last band.
      LEAST(RANGE_BUCKET(pd, edges), ARRAY_LENGTH(edges) - 1) AS band
    FROM ${data}.evaluations
    CROSS JOIN bands
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  ),
  counted AS (
    SELECT
      version,
      as_of,
      band,
      COUNT(*) AS applications,
      COUNTIF(defaulted = 1) AS bad,
      AVG(pd) AS mean_pd,
      COUNTIF(defaulted = 1) / COUNT(*) AS bad_rate,
      -- The square of the 97.5% point of the normal distribution.
      3.841458820694124 AS z2
    FROM placed
    GROUP BY version, as_of, band
  )
SELECT
  version,
  as_of,
  edges[ORDINAL(band)] AS pd_from,
  edges[ORDINAL(band + 1)] AS pd_below,
  applications,
  bad,
  mean_pd,
  bad_rate,
  (
    bad_rate + z2 / (2 * applications)
    - SQRT(z2 * (bad_rate * (1 - bad_rate) + z2 / (4 * applications)) / applications)
  ) / (1 + z2 / applications) AS bad_rate_low,
  (
    bad_rate + z2 / (2 * applications)
    + SQRT(z2 * (bad_rate * (1 - bad_rate) + z2 / (4 * applications)) / applications)
  ) / (1 + z2 / applications) AS bad_rate_high
FROM counted
CROSS JOIN bands
