-- Purpose: how much every feature matters to every model version, and how that changes from one version to the next.
-- Grain: one row a version and feature.
-- Inputs: feature_importance, which retraining writes.
-- Cost: feature_importance, a row a feature and version.
-- Column attribution: Mean size of what the feature adds to or takes from the log-odds of default: global_explanations says more.
-- Column share: Of the attributions of all features of the version.
-- Column place: 1 is the feature that matters most.
-- Column version_before: The version before this one that read the feature.
-- Column share_before: Its share there.
-- Column place_before: Its place there.
-- Column importance_weight: How many splits of its trees use the feature; null without trees. As ML.FEATURE_IMPORTANCE has it, as are the next two.
-- Column importance_gain: Mean loss reduction of those splits.
-- Column importance_cover: Mean cover of those splits.
WITH
  shared AS (
    SELECT
      version,
      as_of,
      feature,
      attribution,
      SAFE_DIVIDE(attribution, SUM(attribution) OVER (PARTITION BY version)) AS share,
      RANK() OVER (PARTITION BY version ORDER BY attribution DESC) AS place,
      importance_weight,
      importance_gain,
      importance_cover
    FROM ${data}.feature_importance
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
  )
SELECT
  version,
  as_of,
  feature,
  attribution,
  share,
  place,
  LAG(version) OVER (PARTITION BY feature ORDER BY as_of) AS version_before,
  LAG(share) OVER (PARTITION BY feature ORDER BY as_of) AS share_before,
  LAG(place) OVER (PARTITION BY feature ORDER BY as_of) AS place_before,
  importance_weight,
  importance_gain,
  importance_cover
FROM shared
