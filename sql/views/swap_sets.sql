-- Purpose: whom another version would have treated differently: shadows against the version that decided, by the probability of default alone, at the cut-offs that were applied.
-- Grain: one row a day (UTC), portfolio, version that decided, version compared, band of each, and whether rules or limits spoke too.
-- Inputs: decisions, each once; its shadows' scores. What the declined would have paid is never observed: PDs of a swap-in are the compared version's word.
-- Cost: of all decisions, their ids, outcomes and scores.
-- Column day: Of the decisions, in UTC.
-- Column compared_version: The shadow.
-- Column band: what the probability of default alone asks for: approve, review or decline.
-- Column compared_band: the same by the compared version's probability of default.
-- Column ruled: whether a rule, limit or floor asked for the outcome too; then another band may change nothing. `npm run replay` decides it.
-- Column decisions: How many.
-- Column share: of the decisions of the day, portfolio and two versions.
-- Column mean_pd: of the version that decided.
-- Column mean_compared_pd: of the compared version.
-- Column expected_loss: in `currency`, by the version that decided.
-- Column compared_expected_loss: of the same exposure, by the compared version.
WITH
  decided AS (
    SELECT
      decision_id,
      decided_at,
      portfolio,
      model_version,
      pd,
      expected_loss,
      currency,
      scores,
      (
        SELECT MIN(threshold)
        FROM UNNEST(rules)
        WHERE kind = 'band'
          AND ENDS_WITH(rule, '.review')
      ) AS review_from,
      (
        SELECT MIN(threshold)
        FROM UNNEST(rules)
        WHERE kind = 'band'
          AND ENDS_WITH(rule, '.decline')
      ) AS decline_from,
      EXISTS (
        SELECT 1
        FROM UNNEST(rules)
        WHERE kind NOT IN ('band', 'segment')
          AND state != 'not_hit'
      ) AS ruled
    FROM ${flit}.decisions
    WHERE decided_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id, decided_at ORDER BY publish_time, message_id) = 1
  ),
  compared AS (
    SELECT
      DATE(decided.decided_at) AS day,
      decided.portfolio,
      decided.model_version,
      score.version AS compared_version,
      CASE
        WHEN decided.pd >= decided.decline_from THEN 'decline'
        WHEN decided.pd >= decided.review_from THEN 'review'
        ELSE 'approve'
      END AS band,
      CASE
        WHEN score.pd >= decided.decline_from THEN 'decline'
        WHEN score.pd >= decided.review_from THEN 'review'
        ELSE 'approve'
      END AS compared_band,
      decided.ruled,
      decided.currency,
      decided.pd,
      score.pd AS compared_pd,
      decided.expected_loss,
      -- A loss is in proportion to its probability.
      decided.expected_loss * SAFE_DIVIDE(score.pd, decided.pd) AS compared_expected_loss
    FROM decided
    CROSS JOIN UNNEST(decided.scores) AS score
    WHERE score.role = 'shadow'
      AND score.version != decided.model_version
      -- Recorded since cut-offs are.
      AND decided.decline_from IS NOT NULL
  )
SELECT
  day,
  portfolio,
  model_version,
  compared_version,
  band,
  compared_band,
  ruled,
  currency,
  COUNT(*) AS decisions,
  COUNT(*) / SUM(COUNT(*)) OVER (
    PARTITION BY day, portfolio, model_version, compared_version
  ) AS share,
  AVG(pd) AS mean_pd,
  AVG(compared_pd) AS mean_compared_pd,
  SUM(expected_loss) AS expected_loss,
  SUM(compared_expected_loss) AS compared_expected_loss
FROM compared
GROUP BY
  day,
  portfolio,
  model_version,
  compared_version,
  band,
  compared_band,
  ruled,
  currency
