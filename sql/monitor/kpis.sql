-- Purpose: what was decided, day by day.
-- Grain: one row a day (UTC), arm (NULL where no model was asked), model version and currency.
-- Inputs: flit.decisions, each once.
-- Parameters: @portfolio STRING; @from, @until TIMESTAMP bound the decisions.
-- Cost: their ids, outcomes, arms and money, about 120 bytes each, of the portfolio's cluster: 21 MB for
--   five weeks of 5,000 a day.
WITH
  once AS (
    SELECT
      DATE(decided_at) AS day,
      arm,
      model_version,
      currency,
      outcome,
      pd,
      fallback,
      expected_loss,
      expected_profit
    FROM flit.decisions
    WHERE decided_at >= @from
      AND decided_at < @until
      AND portfolio = @portfolio
    QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id, decided_at ORDER BY publish_time, message_id) = 1
  )
SELECT
  day,
  arm,
  model_version,
  currency,
  COUNT(*) AS decisions,
  COUNTIF(outcome = 'approve') AS approve,
  COUNTIF(outcome = 'review') AS review,
  COUNTIF(outcome = 'decline') AS decline,
  COUNTIF(outcome = 'counter_offer') AS counter_offer,
  COUNTIF(fallback IS NOT NULL) AS fallback,
  SUM(pd) AS pd,
  SUM(IF(outcome = 'approve', expected_loss, NULL)) AS expected_loss,
  SUM(IF(outcome = 'approve', expected_profit, NULL)) AS expected_profit
FROM once
GROUP BY day, arm, model_version, currency
ORDER BY day, arm, model_version, currency
