-- Purpose: what a model is given of some applications; always the same ones.
-- Grain: one row an application: its features.
-- Inputs: a training snapshot (`snapshot`).
-- Parameters: @role STRING, whose rows; @rows INT64, at most how many.
-- Cost: the snapshot's features, once.
SELECT * EXCEPT (application_id, applied_at, defaulted, role, fold)
FROM ${snapshot}
WHERE role = @role
ORDER BY
  FARM_FINGERPRINT(application_id),
  application_id
LIMIT @rows
