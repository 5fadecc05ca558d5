-- Purpose: what every feature does in every model version, over applications that the version was measured on.
-- Grain: one row a version and feature.
-- Inputs: feature_importance, which retraining writes.
-- Cost: feature_importance, a row a feature and version.
-- Column applications: How many were explained.
-- Column attribution: Mean size of the feature's exact Shapley value: what it adds to or takes from the log-odds of default, before calibration, against the portfolio's reference population.
-- Column mean_contribution: Mean of the same with its sign: how these applications differ from the reference population.
-- Column correlation: Of the feature's number and what it adds; null where one of them does not vary, or the feature is no number.
-- Column direction: increasing where a higher number goes with a higher probability of default, decreasing where with a lower one, mixed where the correlation says little; null without one.
SELECT
  version,
  as_of,
  feature,
  applications,
  attribution,
  mean_contribution,
  correlation,
  CASE
    WHEN correlation >= 0.5 THEN 'increasing'
    WHEN correlation <= -0.5 THEN 'decreasing'
    WHEN correlation IS NOT NULL THEN 'mixed'
  END AS direction
FROM ${data}.feature_importance
WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
