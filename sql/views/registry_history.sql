-- Purpose: what happened to model versions and to what serves, who did it and why.
-- Grain: one row an event of the registry.
-- Inputs: registry_events.
-- Cost: registry_events, some hundred rows a year.
-- Column kind: created, gated, approved, promoted, rolled_back, split, shadowed, unshadowed, retired, killed, revived or edited.
-- Column version: The model version that it is about; null where it is about all.
-- Column generation: Of the deployment that came into force; null where none did.
-- Column in_force_until: When the next deployment took its place; null for the one in force, and where none came into force.
-- Column champion: Of that deployment, as are challenger, share, shadows and kill_switch.
-- Column details: What else there is to the event, as JSON.
WITH
  once AS (
    SELECT *
    FROM ${flit}.registry_events
    WHERE occurred_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    -- An event that was copied twice is one.
    QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY occurred_at) = 1
  )
SELECT
  event_id,
  portfolio,
  occurred_at,
  kind,
  actor,
  reason,
  version,
  generation,
  previous_generation,
  IF(
    generation IS NULL,
    NULL,
    -- By generation: clocks of several writers can disagree.
    LEAD(occurred_at) OVER (PARTITION BY portfolio, generation IS NULL ORDER BY generation)
  ) AS in_force_until,
  champion,
  challenger,
  share,
  shadows,
  kill_switch,
  details
FROM once
