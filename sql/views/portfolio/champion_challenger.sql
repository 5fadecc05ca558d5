-- Purpose: champion against challenger: what each arm decided, and what became of those it approved whose end is known.
-- Grain: one row a day (UTC), arm, model version, policy version and currency.
-- Inputs: decisions, each once, that a model made; the ends that retraining has found, of applications that some version was measured on. All decisions are read, whatever day is asked for.
-- Cost: of all decisions, their ids, arms and outcomes; id and label of all of evaluations.
-- Column day: Of the decisions, in UTC.
-- Column arm: champion or challenger.
-- Column decisions: How many the arm made.
-- Column approved: How many it approved as they were asked.
-- Column reviewed: How many it gave to a person.
-- Column declined: How many it declined.
-- Column countered: How many it offered less.
-- Column approval_rate: approved / decisions.
-- Column mean_pd: Mean probability of default of all that it decided.
-- Column expected_loss: In currency, of the approved.
-- Column known: How many of the approved have an end that is known. It takes until their label has matured and a retraining has measured on their day.
-- Column known_bad: How many of those turned bad.
-- Column known_mean_pd: Mean probability of default of those: what known_bad / known should be near.
-- Column known_expected_loss: In currency, of those.
-- Column known_realised_loss: In currency: of those that turned bad the exposure by the share that is lost, as the policy has it; recoveries are not known.
WITH
  once AS (
    SELECT
      application_id,
      DATE(decided_at) AS day,
      arm,
      model_version,
      policy_version,
      currency,
      outcome,
      pd,
      expected_loss
    FROM ${flit}.decisions
    WHERE decided_at >= TIMESTAMP '2000-01-01 00:00:00 UTC'
      AND portfolio = '${id}'
      AND arm IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id, decided_at ORDER BY publish_time, message_id) = 1
  ),
  ends AS (
    SELECT application_id, defaulted
    FROM ${data}.evaluations
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
    -- What was known last.
    QUALIFY ROW_NUMBER() OVER (PARTITION BY application_id ORDER BY as_of DESC) = 1
  ),
  joined AS (
    SELECT
      once.*,
      once.outcome = 'approve' AS is_approved,
      once.outcome = 'approve' AND ends.defaulted IS NOT NULL AS is_known,
      ends.defaulted = 1 AS is_bad
    FROM once
    LEFT JOIN ends
      ON ends.application_id = once.application_id
  )
SELECT
  day,
  arm,
  model_version,
  policy_version,
  currency,
  COUNT(*) AS decisions,
  COUNTIF(is_approved) AS approved,
  COUNTIF(outcome = 'review') AS reviewed,
  COUNTIF(outcome = 'decline') AS declined,
  COUNTIF(outcome = 'counter_offer') AS countered,
  COUNTIF(is_approved) / COUNT(*) AS approval_rate,
  AVG(pd) AS mean_pd,
  SUM(IF(is_approved, expected_loss, NULL)) AS expected_loss,
  COUNTIF(is_known) AS known,
  COUNTIF(is_known AND is_bad) AS known_bad,
  AVG(IF(is_known, pd, NULL)) AS known_mean_pd,
  SUM(IF(is_known, expected_loss, NULL)) AS known_expected_loss,
  -- A loss is in proportion to its probability.
  SUM(IF(is_known, IF(is_bad, SAFE_DIVIDE(expected_loss, pd), 0), NULL)) AS known_realised_loss
FROM joined
GROUP BY day, arm, model_version, policy_version, currency
