-- Purpose: real applications for the parity proof, always the same ones.
-- Grain: one row an application.
-- Inputs: the portfolio's applications of the training window; its key (`key`) and time (`time`).
-- Parameters: @from, @until TIMESTAMP; @rows INT64.
-- Cost: the applications of the window, once.
SELECT *
FROM applications
WHERE ${time} >= @from
  AND ${time} < @until
ORDER BY FARM_FINGERPRINT(CAST(${key} AS STRING))
LIMIT @rows
