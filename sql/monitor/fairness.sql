-- Purpose: what was decided on the members of each group.
-- Grain: one row a protected attribute and group.
-- Inputs: flit.decisions, of an application the last; applications by key (`key`) and time (`time`), whose
--   groups (`groups`) they are.
-- Parameters: @portfolio STRING; @from, @until TIMESTAMP bound the decisions; @applied_from TIMESTAMP, since
--   when their applications were made.
-- Cost: of decisions between @from and @until ids, outcomes and PDs, about 100 bytes each; of applications
--   since @applied_from their key and protected attributes.
WITH
  decided AS (
    SELECT
      application_id,
      outcome,
      pd
    FROM flit.decisions
    WHERE decided_at >= @from
      AND decided_at < @until
      AND portfolio = @portfolio
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY application_id ORDER BY decided_at DESC, publish_time, message_id
    ) = 1
  ),
  grouped AS (
    SELECT
      CAST(${key} AS STRING) AS application_id,
      ${groups} AS segments
    FROM applications AS source
    WHERE ${time} >= @applied_from
      AND ${time} < @until
  )
SELECT
  segment.name AS attribute,
  segment.value AS member,
  COUNT(*) AS decisions,
  COUNTIF(outcome = 'approve') AS approved,
  COUNT(pd) AS scored,
  AVG(pd) AS mean_pd,
  VAR_SAMP(pd) AS variance_pd
FROM decided
JOIN grouped
  ON grouped.application_id = decided.application_id
CROSS JOIN UNNEST(grouped.segments) AS segment
WHERE segment.name IS NOT NULL
GROUP BY attribute, member
