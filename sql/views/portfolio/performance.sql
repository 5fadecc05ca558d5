-- Purpose: whether probabilities of default come true, run by run: at every age how many turned bad, and once labels are known how true and how sharp PDs were.
-- Grain: one row a run, subject (maturity and days; without labels, for what PDs promise), segment (pd=…: a band) and model version.
-- Inputs: monitoring, which the function drift writes. All of it is read, whatever is asked for.
-- Cost: monitoring, of the portfolio's cluster: a row a figure, about 200 bytes each.
-- Column labelled: How many have a label, or are in the band; the rates are of these.
-- Column labelled_share: labelled / all applications of the days.
-- Column bad_rate: The share that turned bad; promised by PDs where the subject is without labels.
-- Column bad_rate_low: Lower end of its 95% interval (Wilson's).
-- Column bad_rate_high: Upper end of it.
-- Column bad_rate_off: How far it is from the bad rate that the version was tested on, as a share of that.
-- Column mean_pd: Mean probability of default, of those that a model decided.
-- Column calibration_off: How far observed bads are from expected ones, as a share of these.
-- Column brier: Mean squared distance of PD and outcome.
-- Column auc: Chance that a bad has a higher PD than a good; promised by PDs where the subject is without labels.
-- Column auc_promised: What the version had when it was made.
-- Column failed: The figures beyond threshold and chance; none where it is empty.
-- Column is_measured: Whether anything could be measured: what is not is no pass.
SELECT
  as_of,
  subject,
  segment,
  model_version,
  MAX(period_from) AS period_from,
  MAX(period_until) AS period_until,
  MAX(IF(metric = 'labelled_share', NULL, n)) AS labelled,
  MAX(IF(metric = 'labelled_share', figure, NULL)) AS labelled_share,
  MAX(IF(metric IN ('bad_rate', 'bad_rate_in_band', 'estimated_bad_rate'), figure, NULL)) AS bad_rate,
  MAX(IF(metric IN ('bad_rate', 'bad_rate_in_band'), low, NULL)) AS bad_rate_low,
  MAX(IF(metric IN ('bad_rate', 'bad_rate_in_band'), high, NULL)) AS bad_rate_high,
  MAX(IF(metric = 'bad_rate_off', figure, NULL)) AS bad_rate_off,
  MAX(IF(metric IN ('calibration_off', 'bad_rate_in_band'), reference, NULL)) AS mean_pd,
  MAX(IF(metric IN ('calibration_off', 'calibration_in_bands'), figure, NULL)) AS calibration_off,
  MAX(IF(metric = 'brier', figure, NULL)) AS brier,
  MAX(IF(metric IN ('auc', 'estimated_auc'), figure, NULL)) AS auc,
  MAX(IF(metric = 'auc', reference, NULL)) AS auc_promised,
  ARRAY_AGG(IF(verdict = 'failed', metric, NULL) IGNORE NULLS ORDER BY metric) AS failed,
  COUNT(figure) > 0 AS is_measured
FROM ${flit}.monitoring
WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  AND portfolio = '${id}'
  AND kind = 'performance'
GROUP BY as_of, subject, segment, model_version
