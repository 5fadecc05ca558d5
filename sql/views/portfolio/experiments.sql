-- Purpose: whether a challenger earns more than the champion, to be read every day: the test is right at all times.
-- Grain: one row a run and pair of versions.
-- Inputs: monitoring, which the function drift writes. All of it is read, whatever is asked for.
-- Cost: monitoring, of the portfolio's cluster: a row a figure, about 200 bytes each.
-- Column versions: Champion against challenger.
-- Column challenger: The challenger's version.
-- Column began_at: Since when they are compared.
-- Column people: How many were assigned to an arm.
-- Column sample_ratio_p_value: Probability of arms as uneven as these by chance; below 0.001 no other figure can be trusted.
-- Column known: Of how many people profit is known.
-- Column profit_difference: Realised profit per person of the challenger less that of the champion, in the policy's currency.
-- Column profit_low: Lower end of its confidence sequence, which holds at all times at once.
-- Column profit_high: Upper end of it.
-- Column profit_p_value: Always valid; below alpha, the first day counts.
-- Column power: Chance that an ordinary test of these people finds the effect that is worth knowing of.
-- Column detectable_effect: The effect that such a test finds in four of five cases.
-- Column bad_rate_worse: Bad rate of the challenger less that of the champion.
-- Column failed: The figures beyond threshold and chance; none where it is empty.
-- Column not_measurable: The figures that could not be measured, with why.
SELECT
  as_of,
  subject AS versions,
  model_version AS challenger,
  MIN(period_from) AS began_at,
  MAX(IF(metric = 'sample_ratio_p_value', n, NULL)) AS people,
  MAX(IF(metric = 'sample_ratio_p_value', figure, NULL)) AS sample_ratio_p_value,
  MAX(IF(metric = 'profit_difference', n, NULL)) AS known,
  MAX(IF(metric = 'profit_difference', figure, NULL)) AS profit_difference,
  MAX(IF(metric = 'profit_difference', low, NULL)) AS profit_low,
  MAX(IF(metric = 'profit_difference', high, NULL)) AS profit_high,
  MAX(IF(metric = 'profit_p_value', figure, NULL)) AS profit_p_value,
  MAX(IF(metric = 'power', figure, NULL)) AS power,
  MAX(IF(metric = 'detectable_effect', figure, NULL)) AS detectable_effect,
  MAX(IF(metric = 'bad_rate_worse', figure, NULL)) AS bad_rate_worse,
  ARRAY_AGG(IF(verdict = 'failed', metric, NULL) IGNORE NULLS ORDER BY metric) AS failed,
  ARRAY_AGG(
    IF(verdict = 'not_measurable', CONCAT(metric, ': ', why), NULL) IGNORE NULLS ORDER BY metric
  ) AS not_measurable
FROM ${flit}.monitoring
WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  AND portfolio = '${id}'
  AND kind = 'experiment'
GROUP BY as_of, versions, challenger
