-- Purpose: how far applications have moved from those that the version was made of, feature by feature, over time.
-- Grain: one row a run, subject (a feature; pd by role; outcome; baseline, where there is none), segment, arm and model version.
-- Inputs: monitoring, which the function drift writes. All of it is read, whatever is asked for.
-- Cost: monitoring, of the portfolio's cluster: a row a figure, about 200 bytes each.
-- Column applications: How many it is of.
-- Column psi: Population stability index over the bins of the version's baseline, missing and unseen ones included. Of a segment against itself in the days before; of outcomes against the days before.
-- Column psi_by_chance: What chance alone exceeds, with so many applications and so many tests in the run.
-- Column jensen_shannon: Jensen–Shannon divergence in bits over the same bins.
-- Column l_infinity: The largest change of a bin's share.
-- Column ks: Kolmogorov and Smirnov's distance at the edges of the bins.
-- Column missing_rate_change: How far the share without a value has moved.
-- Column unseen_rate_change: How far the share beyond all that training saw has moved: new categories, numbers out of range.
-- Column attribution_change: How far its share of all that features add to log-odds has moved.
-- Column failed: The figures beyond threshold and chance; none where it is empty.
-- Column is_measured: Whether anything could be measured: what is not is no pass.
SELECT
  as_of,
  subject,
  segment,
  arm,
  model_version,
  MAX(period_from) AS period_from,
  MAX(period_until) AS period_until,
  MAX(n) AS applications,
  MAX(IF(metric = 'psi', figure, NULL)) AS psi,
  MAX(IF(metric = 'psi', chance, NULL)) AS psi_by_chance,
  MAX(IF(metric = 'jensen_shannon', figure, NULL)) AS jensen_shannon,
  MAX(IF(metric = 'l_infinity', figure, NULL)) AS l_infinity,
  MAX(IF(metric = 'ks', figure, NULL)) AS ks,
  MAX(IF(metric = 'missing_rate', figure, NULL)) AS missing_rate_change,
  MAX(IF(metric = 'unseen_rate', figure, NULL)) AS unseen_rate_change,
  MAX(IF(metric = 'attribution_change', figure, NULL)) AS attribution_change,
  ARRAY_AGG(IF(verdict = 'failed', metric, NULL) IGNORE NULLS ORDER BY metric) AS failed,
  COUNT(figure) > 0 AS is_measured
FROM ${flit}.monitoring
WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  AND portfolio = '${id}'
  AND kind = 'drift'
GROUP BY as_of, subject, segment, arm, model_version
