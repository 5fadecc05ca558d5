-- Purpose: how the scores of goods and bads are spread, by model version.
-- Grain: one row a version and band of half a log-odds that has applications.
-- Inputs: evaluations, which retraining writes.
-- Cost: version, label and probability of all of evaluations: some thousand rows a version.
-- Column log_odds_from: Where the band begins, in log-odds of the calibrated probability of default; it counts in.
-- Column log_odds_below: Where it ends.
-- Column pd_from: log_odds_from as a probability of default.
-- Column applications: How many are in it.
-- Column good: How many of them did not turn bad.
-- Column bad: How many did.
-- Column share: Of the version's applications.
-- Column good_share: Of its goods.
-- Column bad_share: Of its bads.
WITH
  placed AS (
    SELECT
      version,
      as_of,
      defaulted,
      -- Within 1e-9 of 0 and 1, beyond which log-odds say no more.
      CAST(
        FLOOR(
          2 * LN(LEAST(GREATEST(pd, 1e-9), 1 - 1e-9) / (1 - LEAST(GREATEST(pd, 1e-9), 1 - 1e-9)))
        ) AS INT64
      ) AS band
    FROM ${data}.evaluations
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  ),
  counted AS (
    SELECT
      version,
      as_of,
      band,
      COUNT(*) AS applications,
      COUNTIF(defaulted = 0) AS good,
      COUNTIF(defaulted = 1) AS bad
    FROM placed
    GROUP BY version, as_of, band
  )
SELECT
  version,
  as_of,
  band / 2 AS log_odds_from,
  (band + 1) / 2 AS log_odds_below,
  1 / (1 + EXP(-band / 2)) AS pd_from,
  applications,
  good,
  bad,
  applications / SUM(applications) OVER (PARTITION BY version) AS share,
  SAFE_DIVIDE(good, SUM(good) OVER (PARTITION BY version)) AS good_share,
  SAFE_DIVIDE(bad, SUM(bad) OVER (PARTITION BY version)) AS bad_share
FROM counted
