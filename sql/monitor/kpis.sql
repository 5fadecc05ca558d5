-- Purpose: what was decided, day by day, and what people made of it.
-- Grain: one row a day (UTC), arm (NULL where no model was asked), model version and currency.
-- Inputs: flit.decisions, each once; reviews of the portfolio, of a decision the latest verdict.
-- Parameters: @portfolio STRING; @from, @until TIMESTAMP bound the decisions, and what was decided on them.
-- Cost: their ids, outcomes, arms and money, about 120 bytes each, of the portfolio's cluster: 21 MB for
--   five weeks of 5,000 a day; of reviews since @from three columns and the id, about 100 bytes each.
WITH
  once AS (
    SELECT
      decision_id,
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
  ),
  verdicts AS (
    SELECT
      decision_id,
      outcome
    FROM reviews
    WHERE reviewed_at >= @from
      AND reviewed_at < @until
    QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id ORDER BY reviewed_at DESC, review_id) = 1
  )
SELECT
  once.day,
  once.arm,
  once.model_version,
  once.currency,
  COUNT(*) AS decisions,
  COUNTIF(once.outcome = 'approve') AS approve,
  COUNTIF(once.outcome = 'review') AS review,
  COUNTIF(once.outcome = 'decline') AS decline,
  COUNTIF(once.outcome = 'counter_offer') AS counter_offer,
  COUNTIF(once.fallback IS NOT NULL) AS fallback,
  -- A review is no override: there the service leaves it to a person.
  COUNTIF(once.outcome = 'review' AND verdicts.outcome IS NOT NULL) AS reviewed,
  COUNTIF(once.outcome = 'review' AND verdicts.outcome = 'approve') AS review_approved,
  COUNTIF(once.outcome IN ('decline', 'counter_offer') AND verdicts.outcome = 'approve') AS low_side,
  COUNTIF(once.outcome IN ('approve', 'counter_offer') AND verdicts.outcome = 'decline') AS high_side,
  SUM(once.pd) AS pd,
  SUM(IF(once.outcome = 'approve', once.expected_loss, NULL)) AS expected_loss,
  SUM(IF(once.outcome = 'approve', once.expected_profit, NULL)) AS expected_profit
FROM once
LEFT JOIN verdicts
  ON verdicts.decision_id = once.decision_id
GROUP BY day, arm, model_version, currency
ORDER BY day, arm, model_version, currency
