-- Purpose: how often every feature is missing in the rows trained on, and which are always the same.
-- Grain: one row a feature.
-- Inputs: a training snapshot (`snapshot`); a STRUCT of figures for every feature (`features`).
-- Cost: the snapshot's features.
WITH
  found AS (
    SELECT
      COUNT(*) AS applications,
      [
        ${features}
      ] AS features
    FROM ${snapshot}
    WHERE role = 'TRAIN'
  )
SELECT
  feature.name,
  found.applications,
  feature.missing,
  feature.is_constant
FROM found, UNNEST(found.features) AS feature
ORDER BY feature.name
