-- Purpose: applications that candidates are measured on, as they were asked, for the policy to rule on.
-- Grain: one row an application; at most @rows, those of candidate_predictions.sql.
-- Inputs: the portfolio's applications of the training window, with its key (`key`) and time (`time`); a training snapshot (`snapshot`).
-- Parameters: @measure, @until TIMESTAMP; @rows INT64.
-- Cost: the applications of the split, two columns of the snapshot.
SELECT *
FROM applications
WHERE ${time} >= @measure
  AND ${time} < @until
  AND CAST(${key} AS STRING) IN (
    SELECT application_id
    FROM ${snapshot}
    WHERE applied_at >= @measure
      AND applied_at < @until
      AND role != 'TEST'
    ORDER BY
      FARM_FINGERPRINT(application_id),
      application_id
    LIMIT @rows
  )
