-- Purpose: what the people of each arm of an experiment brought.
-- Grain: one row an arm. A person is in the arm of their first decision, and counts once.
-- Inputs: flit.decisions, each once, that a hash could have given to either arm; applications by key (`key`)
--   and time (`time`), and label.sql (`label`), for those that are old enough.
-- Parameters: @portfolio, @champion, @challenger STRING, the versions; @began TIMESTAMP, since when they are
--   compared; @from, @until TIMESTAMP bound the applications that are old enough at @as_of TIMESTAMP.
-- Cost: of decisions since @began ids, arms and money, about 200 bytes each; of applications and outcomes
--   what label.sql reads.
WITH
  once AS (
    SELECT
      entity_id,
      application_id,
      decided_at,
      arm,
      arm_share,
      outcome = 'approve' AS is_approved,
      pd,
      expected_loss,
      expected_profit
    FROM flit.decisions
    WHERE decided_at >= @began
      AND decided_at < @as_of
      AND portfolio = @portfolio
      AND arm_share > 0
      AND arm_share < 1
      AND model_version IN (@champion, @challenger)
    QUALIFY ROW_NUMBER() OVER (PARTITION BY decision_id, decided_at ORDER BY publish_time, message_id) = 1
  ),
  people AS (
    SELECT
      entity_id,
      arm,
      arm_share
    FROM once
    QUALIFY ROW_NUMBER() OVER (PARTITION BY entity_id ORDER BY decided_at, application_id) = 1
  ),
  labelled AS (
    ${label}
  ),
  known AS (
    SELECT
      once.entity_id,
      COUNTIF(labelled.exclusion IS NULL AND labelled.defaulted IS NOT NULL) AS labelled,
      COUNTIF(labelled.exclusion IS NULL AND labelled.defaulted = 1) AS bad,
      -- Who was not approved brought nothing; of a loss it is known that it is in proportion to its probability.
      SUM(
        IF(
          once.is_approved,
          once.expected_profit + once.expected_loss
            - IF(labelled.defaulted = 1, SAFE_DIVIDE(once.expected_loss, once.pd), 0),
          0
        )
      ) AS profit
    FROM once
    JOIN labelled
      ON CAST(labelled.${key} AS STRING) = once.application_id
    -- An approved plan without a label is not known to have been paid.
    WHERE NOT once.is_approved
      OR labelled.exclusion IS NULL
    GROUP BY once.entity_id
  )
SELECT
  people.arm,
  COUNT(*) AS people,
  SUM(people.arm_share) AS share,
  SUM(people.arm_share * (1 - people.arm_share)) AS share_variance,
  COUNT(known.profit) AS known,
  IFNULL(SUM(known.bad), 0) AS known_bad,
  IFNULL(SUM(known.labelled), 0) AS known_labelled,
  AVG(known.profit) AS profit,
  VAR_SAMP(known.profit) AS profit_variance
FROM people
LEFT JOIN known
  ON known.entity_id = people.entity_id
WHERE people.arm IS NOT NULL
GROUP BY people.arm
