-- Purpose: whether log-odds of default are true as a whole: the straight line that turns them into what happened.
-- Grain: one row a model version.
-- Inputs: evaluations, which retraining writes.
-- Cost: version, label and probabilities of all of evaluations: some thousand rows a version.
-- Column applications: How many it was measured on.
-- Column bad: How many of them turned bad.
-- Column intercept: The line's log-odds where a PD says 50%; 0 if PDs are true (Cox 1958). NULL as slope.
-- Column intercept_low: Lower end of its 95% interval (Wald's).
-- Column intercept_high: Its upper end.
-- Column slope: What a step of predicted log-odds is worth; 1 if true, below it PDs are too extreme. NULL where no line fits best: all of one outcome, or parted by the PD.
-- Column slope_low: Lower end of its 95% interval (Wald's).
-- Column slope_high: Its upper end.
WITH RECURSIVE
  scored AS (
    SELECT
      version,
      as_of,
      LEAST(GREATEST(pd, 1e-12), 1 - 1e-12) AS known_pd,
      COUNT(*) AS applications,
      COUNTIF(defaulted = 1) AS bad
    FROM ${data}.evaluations
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    GROUP BY version, as_of, known_pd
  ),
  measured AS (
    SELECT
      version,
      as_of,
      SUM(applications) AS applications,
      SUM(bad) AS bad,
      ARRAY_AGG(
        STRUCT(LN(known_pd / (1 - known_pd)) AS log_odds, applications AS weight, bad AS events)
      ) AS points
    FROM scored
    GROUP BY version, as_of
  ),
  -- Logistic regression of outcomes on log-odds by Newton's method, a row a step. A recursive term must
  -- not aggregate rows of its own table, but may the elements of an array in one of them.
  fit AS (
    SELECT
      *,
      0 AS steps,
      0.0 AS intercept,
      1.0 AS slope,
      CAST(NULL AS FLOAT64) AS intercept_variance,
      CAST(NULL AS FLOAT64) AS slope_variance,
      1.0 AS change
    FROM measured
    UNION ALL
    SELECT
      version,
      as_of,
      applications,
      bad,
      points,
      steps + 1,
      intercept + move.intercept,
      slope + move.slope,
      move.intercept_variance,
      move.slope_variance,
      ABS(move.intercept) + ABS(move.slope)
    FROM (
      SELECT
        *,
        (
          SELECT AS STRUCT
            SAFE_DIVIDE(h2 * g0 - h1 * g1, h0 * h2 - h1 * h1) AS intercept,
            SAFE_DIVIDE(h0 * g1 - h1 * g0, h0 * h2 - h1 * h1) AS slope,
            SAFE_DIVIDE(h2, h0 * h2 - h1 * h1) AS intercept_variance,
            SAFE_DIVIDE(h0, h0 * h2 - h1 * h1) AS slope_variance
          FROM (
            SELECT
              SUM(events - weight * p) AS g0,
              SUM((events - weight * p) * log_odds) AS g1,
              SUM(weight * p * (1 - p)) AS h0,
              SUM(weight * p * (1 - p) * log_odds) AS h1,
              SUM(weight * p * (1 - p) * POW(log_odds, 2)) AS h2
            FROM (
              SELECT
                log_odds,
                weight,
                events,
                1 / (1 + EXP(LEAST(GREATEST(-intercept - slope * log_odds, -700), 700))) AS p
              FROM UNNEST(points)
            )
          )
        ) AS move
      FROM fit
      WHERE steps < 25
        AND change > 1e-10
    )
  ),
  fitted AS (
    SELECT
      * EXCEPT (intercept, slope),
      IF(change <= 1e-10, intercept, NULL) AS intercept,
      IF(change <= 1e-10, slope, NULL) AS slope,
      -- The 97.5% point of the normal distribution.
      1.959963984540054 AS z
    FROM fit
    QUALIFY ROW_NUMBER() OVER (PARTITION BY version, as_of ORDER BY steps DESC) = 1
  )
SELECT
  version,
  as_of,
  applications,
  bad,
  intercept,
  intercept - z * SQRT(intercept_variance) AS intercept_low,
  intercept + z * SQRT(intercept_variance) AS intercept_high,
  slope,
  slope - z * SQRT(slope_variance) AS slope_low,
  slope + z * SQRT(slope_variance) AS slope_high
FROM fitted
