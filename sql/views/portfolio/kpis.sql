-- Purpose: what a day brought: decisions, what was expected of them, and what became of them.
-- Grain: one row a day (UTC), arm (NULL where no model was asked) and model version.
-- Inputs: monitoring, which the function drift writes; of several runs on one day the last. All of it is read, whatever is asked for.
-- Cost: monitoring, of the portfolio's cluster: a row a figure, about 200 bytes each.
-- Column day: When the decisions were made; for default_rate, realised_loss and realised_profit the applications.
-- Column applications: How many were decided on.
-- Column approval_rate: The share approved as asked.
-- Column review_rate: The share given to a person.
-- Column decline_rate: The share declined.
-- Column counter_offer_rate: The share offered less.
-- Column fallback_rate: The share decided without a model.
-- Column reviewed_share: Of those given to a person, the share that has that person's verdict; null, as all that follows from verdicts, where none are known.
-- Column review_approval_rate: Of these the share approved.
-- Column low_side_override_rate: Of those that the service declined or offered less, the share that a person approved.
-- Column high_side_override_rate: Of those that it approved or offered less, the share that a person declined.
-- Column expected_loss: Of the approved, in the policy's currency.
-- Column expected_profit: Of the approved, after expected losses.
-- Column default_rate: The share that turned bad of those with a label; null until it is known.
-- Column realised_loss: Of those that turned bad the exposure by the share that is lost, as the policy has it.
-- Column realised_profit: What the approved brought after those losses.
WITH
  latest AS (
    SELECT
      DATE(period_from) AS day,
      arm,
      model_version,
      subject,
      metric,
      figure
    FROM ${flit}.monitoring
    WHERE as_of >= TIMESTAMP '2000-01-01 00:00:00 UTC'
      AND portfolio = '${id}'
      AND kind = 'kpi'
      AND subject != 'outcome'
    QUALIFY RANK() OVER (
      PARTITION BY period_from, arm, model_version, subject, metric ORDER BY as_of DESC
    ) = 1
  )
SELECT
  day,
  arm,
  model_version,
  SUM(IF(metric = 'applications', figure, NULL)) AS applications,
  MAX(IF(metric = 'approval_rate', figure, NULL)) AS approval_rate,
  MAX(IF(metric = 'review_rate', figure, NULL)) AS review_rate,
  MAX(IF(metric = 'decline_rate', figure, NULL)) AS decline_rate,
  MAX(IF(metric = 'counter_offer_rate', figure, NULL)) AS counter_offer_rate,
  MAX(IF(metric = 'fallback_rate', figure, NULL)) AS fallback_rate,
  MAX(IF(metric = 'reviewed_share', figure, NULL)) AS reviewed_share,
  MAX(IF(metric = 'review_approval_rate', figure, NULL)) AS review_approval_rate,
  MAX(IF(metric = 'low_side_override_rate', figure, NULL)) AS low_side_override_rate,
  MAX(IF(metric = 'high_side_override_rate', figure, NULL)) AS high_side_override_rate,
  SUM(IF(metric = 'expected_loss_of_approved', figure, NULL)) AS expected_loss,
  SUM(IF(metric = 'expected_profit_of_approved', figure, NULL)) AS expected_profit,
  MAX(IF(metric = 'default_rate', figure, NULL)) AS default_rate,
  MAX(IF(metric = 'realised_loss', figure, NULL)) AS realised_loss,
  MAX(IF(metric = 'realised_profit', figure, NULL)) AS realised_profit
FROM latest
GROUP BY day, arm, model_version
