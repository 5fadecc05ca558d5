-- Purpose: applications that others are compared with when a decision is explained; always the same ones.
-- Grain: one row an application: its features.
-- Inputs: a training snapshot (`snapshot`).
-- Parameters: @rows INT64.
-- Cost: the snapshot's features, once.
SELECT * EXCEPT (application_id, applied_at, defaulted, role, fold)
FROM ${snapshot}
WHERE role = 'TRAIN'
ORDER BY
  FARM_FINGERPRINT(application_id),
  application_id
LIMIT @rows
