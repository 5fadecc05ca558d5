-- Purpose: what became of the applications of some days at one age, beside what was said of them.
-- Grain: one row a segment, day (UTC; only of all, the segment NULL), arm, model version and band of PDs
--   (`band`, as the view of calibration has them; NULL where no model decided).
-- Inputs: applications by key (`key`) and time (`time`); outcomes (`table`) by their time (`outcome_time`), of which
--   label.sql (`label`) sees what was known of each application at that age and no more: it reads the
--   step `outcomes` below; flit.decisions, of an application the last; the groups of an application (`groups`).
-- Parameters: @portfolio STRING; @from, @until TIMESTAMP bound the applications, all of which are old
--   enough at @as_of TIMESTAMP; @maturity_days INT64, the age; @bands ARRAY<FLOAT64>.
-- Cost: applications between @from and @until, their outcomes and decisions until @as_of: label.sql's
--   columns and those of groups; of decisions ids, versions and money, about 200 bytes each.
WITH
  cohort AS (
    SELECT
      ${key} AS application_key,
      ${time} AS applied_at,
      ${groups} AS segments
    FROM applications AS source
    WHERE ${time} >= @from
      AND ${time} < @until
  ),
  outcomes AS (
    SELECT known.*
    FROM ${table} AS known
    JOIN cohort
      ON cohort.application_key = known.${key}
    WHERE known.${outcome_time} >= @from
      AND known.${outcome_time} <= @as_of
      AND known.${outcome_time} <= TIMESTAMP_ADD(cohort.applied_at, INTERVAL @maturity_days DAY)
  ),
  labelled AS (
    ${label}
  ),
  decided AS (
    SELECT
      application_id,
      arm,
      model_version,
      outcome = 'approve' AS is_approved,
      pd,
      expected_loss,
      expected_profit
    FROM flit.decisions
    WHERE decided_at >= @from
      AND decided_at <= @as_of
      AND portfolio = @portfolio
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY application_id ORDER BY decided_at DESC, publish_time, message_id
    ) = 1
  ),
  joined AS (
    SELECT
      cohort.applied_at,
      cohort.segments,
      decided.arm,
      decided.model_version,
      decided.pd,
      labelled.exclusion IS NULL AND labelled.defaulted IS NOT NULL AS is_labelled,
      labelled.defaulted = 1 AS is_bad,
      IFNULL(decided.is_approved, FALSE) AS is_approved,
      decided.expected_loss,
      decided.expected_profit,
      -- A loss is in proportion to its probability.
      IF(labelled.defaulted = 1, SAFE_DIVIDE(decided.expected_loss, decided.pd), 0) AS realised_loss
    FROM cohort
    LEFT JOIN labelled
      ON labelled.${key} = cohort.application_key
    LEFT JOIN decided
      ON decided.application_id = CAST(cohort.application_key AS STRING)
  ),
  ranked AS (
    SELECT
      *,
      is_labelled AND pd IS NOT NULL AS is_scored,
      -- Bads with this PD or a higher one, and with this or a lower one: a tie counts half of both.
      COUNTIF(is_labelled AND is_bad AND pd IS NOT NULL) OVER (
        PARTITION BY model_version
        ORDER BY pd DESC
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS bads_from,
      COUNTIF(is_labelled AND is_bad AND pd IS NOT NULL) OVER (
        PARTITION BY model_version
        ORDER BY pd
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS bads_to,
      COUNTIF(is_labelled AND is_bad AND pd IS NOT NULL) OVER (PARTITION BY model_version) AS bads
    FROM joined
  )
SELECT
  segment.name AS segment,
  segment.value AS segment_value,
  IF(segment.name IS NULL, DATE(applied_at), NULL) AS day,
  arm,
  model_version,
  IF(pd IS NULL, NULL, LEAST(RANGE_BUCKET(pd, @bands), ARRAY_LENGTH(@bands) - 1)) AS band,
  COUNT(*) AS applications,
  COUNTIF(is_labelled) AS labelled,
  COUNTIF(is_labelled AND is_bad) AS bad,
  COUNTIF(is_scored) AS scored,
  COUNTIF(is_scored AND is_bad) AS scored_bad,
  SUM(IF(is_scored, pd, 0)) AS pd,
  SUM(IF(is_scored, pd * (1 - pd), 0)) AS variance,
  SUM(IF(is_scored, POW(pd - IF(is_bad, 1, 0), 2), 0)) AS squares,
  SUM(IF(is_scored AND NOT is_bad, (bads_from + bads - bads_to) / 2, 0)) AS pairs,
  SUM(IF(is_scored AND is_approved, expected_loss, 0)) AS expected_loss,
  SUM(IF(is_scored AND is_approved, realised_loss, 0)) AS realised_loss,
  -- What was expected already has the expected loss taken off.
  SUM(IF(is_scored AND is_approved, expected_profit + expected_loss - realised_loss, 0)) AS realised_profit
FROM ranked
CROSS JOIN UNNEST(segments) AS segment
GROUP BY segment, segment_value, day, arm, model_version, band
