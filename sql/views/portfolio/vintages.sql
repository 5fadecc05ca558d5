-- Purpose: vintage curves: of applications made in the same days, how many had turned bad at every age.
-- Grain: one row a cohort (by its first moment), age and segment. Cohorts of neighbouring runs overlap: keep every seventh, or one a month.
-- Inputs: monitoring, which the function drift writes; of several runs on one cohort the last. All of it is read, whatever is asked for.
-- Cost: monitoring, of the portfolio's cluster: a row a figure, about 200 bytes each.
-- Column cohort_from: Since when its applications were made, …
-- Column cohort_until: … and before when.
-- Column age_days: How old each of them was when it was looked at.
-- Column labelled: How many of them have a label at that age.
-- Column bad_rate: The share of those that had turned bad.
-- Column bad_rate_low: Lower end of its 95% interval (Wilson's).
-- Column bad_rate_high: Upper end of it.
SELECT
  period_from AS cohort_from,
  period_until AS cohort_until,
  CAST(REGEXP_EXTRACT(subject, r'^maturity (\d+)$') AS INT64) AS age_days,
  segment,
  n AS labelled,
  figure AS bad_rate,
  low AS bad_rate_low,
  high AS bad_rate_high
FROM ${flit}.monitoring
WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  AND portfolio = '${id}'
  AND kind = 'performance'
  AND metric = 'bad_rate'
  AND figure IS NOT NULL
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY period_from, period_until, subject, segment ORDER BY as_of DESC
) = 1
