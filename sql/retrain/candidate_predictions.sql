-- Purpose: what a candidate says of applications that came later than those it was trained on, beside what became of them.
-- Grain: one row an application, at most @rows to calibrate on and @rows to measure on; always the same ones.
-- Inputs: a model, a training snapshot (`snapshot`).
-- Parameters: @calibrate, @measure, @until TIMESTAMP: rows from @calibrate on calibrate, from @measure on measure; @rows INT64.
-- Cost: the snapshot's columns, once.
WITH
  placed AS (
    SELECT
      *,
      applied_at >= @measure AS is_measured
    FROM ${snapshot}
    WHERE applied_at >= @calibrate
      AND applied_at < @until
      AND role != 'TEST'
  ),
  numbered AS (
    SELECT
      *,
      ROW_NUMBER() OVER (
        PARTITION BY is_measured
        ORDER BY
          FARM_FINGERPRINT(application_id),
          application_id
      ) AS place
    FROM placed
  )
SELECT
  application_id,
  defaulted,
  is_measured,
  (SELECT prob FROM UNNEST(predicted_defaulted_probs) WHERE label = 1) AS probability
FROM ML.PREDICT(MODEL ${model}, (SELECT * FROM numbered WHERE place <= @rows))
ORDER BY application_id
