-- Purpose: every decision with the arm that its deployment and the hash of its entity give: whoever
--   doubts an experiment recomputes it, and sees where guard or failure overrode the hash.
-- Grain: one row a decision that a model made, as often as it was delivered.
-- Inputs: flit.decisions; flit.registry_events, which holds every deployment by its generation.
-- Who sees entities masked gets the buckets of the masks: an audit takes a reader of personal data.
-- Cost: of all decisions, portfolio, entity, arm and deployment; of registry_events all deployments.
-- Column deployment_known: Whether the journal has the deployment; without it nothing can be recomputed.
-- Column bucket: The place of the entity in [0, 1), recomputed; null without a challenger.
-- Column share: The share of the challenger at that moment, by the journal.
-- Column arm_by_hash: The arm that bucket and share give.
-- Column arm_recorded: The arm that decided.
WITH
  deployments AS (
    SELECT portfolio, generation, champion, challenger, salt, share, steps
    FROM ${flit}.registry_events
    WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
      AND generation IS NOT NULL
    -- An event that was copied twice is one deployment.
    QUALIFY ROW_NUMBER() OVER (PARTITION BY portfolio, generation ORDER BY occurred_at) = 1
  ),
  placed AS (
    SELECT
      decisions.decision_id,
      decisions.portfolio,
      decisions.entity_id,
      decisions.decided_at,
      decisions.deployment_generation,
      decisions.arm,
      decisions.arm_reason,
      deployments.generation IS NOT NULL AS deployment_known,
      deployments.challenger,
      -- The last step that had begun, or the share before the first one.
      IFNULL(
        (
          SELECT step.share
          FROM UNNEST(deployments.steps) AS step
          WHERE step.begins_at <= decisions.decided_at
          ORDER BY step.begins_at DESC
          LIMIT 1
        ),
        deployments.share
      ) AS share,
      ${views}.arm_bucket(deployments.salt, decisions.entity_id) AS bucket
    FROM ${flit}.decisions AS decisions
    LEFT JOIN deployments
      ON deployments.portfolio = decisions.portfolio
      AND deployments.generation = decisions.deployment_generation
    WHERE decisions.decided_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
      AND decisions.arm IS NOT NULL
  )
SELECT
  decision_id,
  portfolio,
  entity_id,
  decided_at,
  deployment_generation,
  deployment_known,
  IF(challenger IS NULL, NULL, bucket) AS bucket,
  share,
  IF(challenger IS NOT NULL AND bucket < share, 'challenger', 'champion') AS arm_by_hash,
  arm AS arm_recorded,
  arm_reason
FROM placed
