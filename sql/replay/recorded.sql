-- Purpose: recorded decisions to decide again: as many as are asked for, drawn from the whole span, always the same ones.
-- Grain: one row a decision.
-- Inputs: the view decisions.
-- Parameters: @portfolio STRING; @since, @until TIMESTAMP; @rows INT64.
-- Cost: the decisions of the span, all columns.
SELECT *
FROM decisions
WHERE portfolio = @portfolio
  AND decided_at >= @since
  AND decided_at < @until
ORDER BY
  FARM_FINGERPRINT(decision_id),
  decision_id
LIMIT @rows
