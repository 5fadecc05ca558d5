-- Purpose: gains and lift of every model version: how many of the bads are among the riskiest tenths.
-- Grain: one row a version and decile.
-- Inputs: evaluations, which retraining writes.
-- Cost: version, label and probability of all of evaluations: some thousand rows a version.
-- Column decile: 1 is the riskiest tenth. Of equal probabilities of default the application with the smaller key comes first, so that a tie on the border falls the same way each time.
-- Column applications: How many are in it.
-- Column bad: How many of them turned bad.
-- Column lowest_pd: Lowest calibrated probability of default in it.
-- Column highest_pd: Its highest.
-- Column bad_rate: The share that turned bad.
-- Column lift: bad_rate by that of all.
-- Column bads_captured: The share of all bads in this decile and the riskier ones: gains.
-- Column cumulative_lift: The bad rate of this decile and the riskier ones by that of all.
-- Column rank_order_break: Whether more turned bad than in the riskier decile before it.
WITH
  ranked AS (
    SELECT
      version,
      as_of,
      defaulted,
      pd,
      NTILE(10) OVER (PARTITION BY version ORDER BY pd DESC, application_id) AS decile
    FROM ${data}.evaluations
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  ),
  counted AS (
    SELECT
      version,
      as_of,
      decile,
      COUNT(*) AS applications,
      SUM(defaulted) AS bad,
      MIN(pd) AS lowest_pd,
      MAX(pd) AS highest_pd,
      SUM(defaulted) / COUNT(*) AS bad_rate
    FROM ranked
    GROUP BY version, as_of, decile
  ),
  cumulated AS (
    SELECT
      *,
      SUM(bad) OVER (PARTITION BY version) AS bads,
      SUM(applications) OVER (PARTITION BY version) AS all_applications,
      SUM(bad) OVER (PARTITION BY version ORDER BY decile ROWS UNBOUNDED PRECEDING) AS bad_so_far,
      SUM(applications) OVER (PARTITION BY version ORDER BY decile ROWS UNBOUNDED PRECEDING) AS so_far,
      LAG(bad_rate) OVER (PARTITION BY version ORDER BY decile) AS bad_rate_before
    FROM counted
  )
SELECT
  version,
  as_of,
  decile,
  applications,
  bad,
  lowest_pd,
  highest_pd,
  bad_rate,
  SAFE_DIVIDE(bad_rate, bads / all_applications) AS lift,
  SAFE_DIVIDE(bad_so_far, bads) AS bads_captured,
  SAFE_DIVIDE(bad_so_far / so_far, bads / all_applications) AS cumulative_lift,
  IFNULL(bad_rate > bad_rate_before, FALSE) AS rank_order_break
FROM cumulated
