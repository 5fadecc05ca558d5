-- Purpose: what people decided on decisions of the service: verdicts on reviews, and overrides.
-- Grain: one row a decision with a verdict of a person, of several verdicts the latest.
-- Inputs: reviews, decisions, each once.
-- Cost: of decisions ids, times, outcomes, PDs and versions, of the portfolio's cluster, about 150 bytes each;
--   all of reviews.
-- Column decided_outcome: What the service decided.
-- Column reviewed_outcome: What the person decided.
-- Column side: low where a person approved what the service did not as asked; high where one declined what it would have lent; null for a verdict on a review, or one that agrees.
-- Column reason_code: Why, by the list of codes that reviewers choose from.
-- Column hours_to_review: From the decision to the verdict.
-- Column verdicts: How many there are on the decision.
WITH
  verdicts AS (
    SELECT
      decision_id,
      outcome,
      reason_code,
      reviewed_at,
      COUNT(*) OVER (PARTITION BY decision_id) AS verdicts
    FROM ${data}.reviews
    WHERE reviewed_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id ORDER BY reviewed_at DESC, review_id) = 1
  ),
  once AS (
    SELECT
      decision_id,
      application_id,
      decided_at,
      outcome,
      pd,
      arm,
      model_version
    FROM ${flit}.decisions
    WHERE decided_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
      AND portfolio = '${id}'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id, decided_at ORDER BY publish_time, message_id) = 1
  )
SELECT
  once.decision_id,
  once.application_id,
  once.decided_at,
  once.arm,
  once.model_version,
  once.pd,
  once.outcome AS decided_outcome,
  verdicts.outcome AS reviewed_outcome,
  CASE
    WHEN once.outcome IN ('decline', 'counter_offer') AND verdicts.outcome = 'approve' THEN 'low'
    WHEN once.outcome IN ('approve', 'counter_offer') AND verdicts.outcome = 'decline' THEN 'high'
  END AS side,
  verdicts.reason_code,
  verdicts.reviewed_at,
  TIMESTAMP_DIFF(verdicts.reviewed_at, once.decided_at, MINUTE) / 60 AS hours_to_review,
  verdicts.verdicts
FROM verdicts
JOIN once
  ON once.decision_id = verdicts.decision_id
