-- Purpose: whether decisions fall on protected groups alike, run by run.
-- Grain: one row a run, attribute and group (NULL where the attribute has no groups that could be compared).
-- Inputs: monitoring, which the function drift writes. All of it is read, whatever is asked for.
-- Cost: monitoring, of the portfolio's cluster: a row a figure, about 200 bytes each.
-- Column attribute: The protected attribute.
-- Column member: The group.
-- Column decisions: How many were decided on.
-- Column approval_rate: The share that was approved as asked.
-- Column approval_rate_low: Lower end of its 95% interval (Wilson's).
-- Column approval_rate_high: Upper end of it.
-- Column approval_ratio: approval_rate over that of the group approved most (adverse impact ratio); null for that group.
-- Column approval_ratio_p_value: Probability of a ratio as far from 1 where groups are alike.
-- Column score_difference: Mean PD less that of the group approved most, in standard deviations.
-- Column calibration_off: How far its observed bads are from expected ones, as a share of these.
-- Column failed: The figures beyond threshold and chance; none where it is empty.
-- Column not_measurable: The figures that could not be measured, with why: they are no pass.
SELECT
  as_of,
  subject AS attribute,
  REGEXP_EXTRACT(segment, r'=(.*)$') AS member,
  MAX(IF(metric = 'approval_rate', n, NULL)) AS decisions,
  MAX(IF(metric = 'approval_rate', figure, NULL)) AS approval_rate,
  MAX(IF(metric = 'approval_rate', low, NULL)) AS approval_rate_low,
  MAX(IF(metric = 'approval_rate', high, NULL)) AS approval_rate_high,
  MAX(IF(metric = 'approval_ratio', figure, NULL)) AS approval_ratio,
  MAX(IF(metric = 'approval_ratio', p_value, NULL)) AS approval_ratio_p_value,
  MAX(IF(metric = 'score_difference', figure, NULL)) AS score_difference,
  MAX(IF(metric = 'calibration_off', figure, NULL)) AS calibration_off,
  ARRAY_AGG(IF(verdict = 'failed', metric, NULL) IGNORE NULLS ORDER BY metric) AS failed,
  ARRAY_AGG(
    IF(verdict = 'not_measurable', CONCAT(metric, ': ', why), NULL) IGNORE NULLS ORDER BY metric
  ) AS not_measurable
FROM ${flit}.monitoring
WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  AND portfolio = '${id}'
  AND kind = 'fairness'
GROUP BY as_of, attribute, member
