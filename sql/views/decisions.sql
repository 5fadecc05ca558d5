-- Purpose: Every decision once. Delivery is at least once, a repeated request and a republished log publish again; of several copies the one that was published first counts.
-- Grain: one row a decision. Only an Idempotency-Key that is used again after it expired gives two decisions one id; decided_at tells them apart.
-- Inputs: decisions. Filter on decided_at.
-- Cost: the columns that are asked for, of the partitions that a filter on decided_at leaves; and two to tell
--   copies by.
-- Column recorded_at: When the event was first published; null for rows from before publication was noted.
-- Column copies: How many rows the table has of it.
SELECT
  decision_id,
  portfolio,
  application_id,
  entity_id,
  decided_at,
  outcome,
  pd,
  reasons,
  arm,
  arm_reason,
  arm_share,
  arm_bucket,
  model_version,
  policy_version,
  policy_sha256,
  deployment_generation,
  fallback,
  scores,
  rules,
  expected_loss,
  expected_profit,
  currency,
  counter_offer,
  request,
  idempotency_key_sha256,
  publish_time AS recorded_at,
  COUNT(*) OVER (PARTITION BY decision_id, decided_at) AS copies
FROM ${flit}.decisions
WHERE decided_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id, decided_at ORDER BY publish_time, message_id) = 1
