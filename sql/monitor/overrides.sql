-- Purpose: what became of applications that a person approved, beside those that the service did.
-- Grain: one row a way of approval (`way`).
-- Inputs: applications and outcomes, of which label.sql (`label`) makes labels, by key (`key`);
--   flit.decisions, of an application the last; reviews, of a decision the latest verdict.
-- Parameters: @portfolio STRING; @from, @until TIMESTAMP bound the applications, which are old enough for
--   their label at @as_of TIMESTAMP.
-- Cost: what label.sql reads of these applications; of decisions between @from and @as_of ids and outcomes,
--   about 120 bytes each; of reviews the same of the id, three columns.
WITH
  labelled AS (
    ${label}
  ),
  decided AS (
    SELECT
      decision_id,
      application_id,
      outcome,
      pd
    FROM flit.decisions
    WHERE decided_at >= @from
      AND decided_at <= @as_of
      AND portfolio = @portfolio
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY application_id ORDER BY decided_at DESC, publish_time, message_id
    ) = 1
  ),
  verdicts AS (
    SELECT
      decision_id,
      outcome
    FROM reviews
    WHERE reviewed_at >= @from
      AND reviewed_at <= @as_of
    QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id ORDER BY reviewed_at DESC, review_id) = 1
  ),
  lent AS (
    SELECT
      CASE
        WHEN decided.outcome = 'review' THEN 'on review'
        WHEN decided.outcome = 'approve' THEN 'by the service'
        ELSE 'low-side override'
      END AS way,
      decided.pd,
      labelled.exclusion IS NULL AND labelled.defaulted IS NOT NULL AS is_labelled,
      labelled.defaulted = 1 AS is_bad
    FROM decided
    JOIN labelled
      ON CAST(labelled.${key} AS STRING) = decided.application_id
    LEFT JOIN verdicts
      ON verdicts.decision_id = decided.decision_id
    WHERE IFNULL(verdicts.outcome, decided.outcome) = 'approve'
  )
SELECT
  way,
  COUNT(*) AS applications,
  COUNTIF(is_labelled) AS labelled,
  COUNTIF(is_labelled AND is_bad) AS bad,
  AVG(IF(is_labelled, pd, NULL)) AS pd
FROM lent
GROUP BY way
