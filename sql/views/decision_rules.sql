-- Purpose: What the policy found in every decision: how often a rule, limit, segment or band hits, alone or with others, and how near the rest came.
-- Grain: one row a decision and rule; each decision once, the copy that was published first.
-- Inputs: decisions. Filter on decided_at.
-- Cost: of the partitions that a filter on decided_at leaves, the ids and the rules of decisions.
-- Column rule: A column of policy.sql, the name of a limit, <cut-off>.review or <cut-off>.decline, cut_offs where none could be chosen, expected_profit.
-- Column kind: rule, limit, segment, band or profit.
-- Column state: hit, not_hit, or error where it could not be known.
-- Column figure: What was compared; null for rules and segments.
-- Column threshold: With what; of a limit, the most of the row that applied.
WITH
  once AS (
    SELECT decision_id, portfolio, decided_at, policy_version, policy_sha256, outcome, rules
    FROM ${flit}.decisions
    WHERE decided_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id, decided_at ORDER BY publish_time, message_id) = 1
  )
SELECT
  once.decision_id,
  once.portfolio,
  once.decided_at,
  once.policy_version,
  once.policy_sha256,
  once.outcome,
  found.rule,
  found.kind,
  found.state,
  found.figure,
  found.threshold
FROM once
CROSS JOIN UNNEST(once.rules) AS found
