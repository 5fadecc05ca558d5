-- Purpose: what a model says of rows that it was not fitted on.
-- Grain: one row an application.
-- Inputs: a model, a training snapshot (`snapshot`) and which of its rows (`rows`).
-- Cost: the snapshot's columns, once.
SELECT
  application_id,
  applied_at,
  role,
  defaulted,
  (SELECT prob FROM UNNEST(predicted_defaulted_probs) WHERE label = 1) AS probability
FROM ML.PREDICT(MODEL ${model}, (SELECT * FROM ${snapshot} WHERE ${rows}))
