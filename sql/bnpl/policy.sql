-- Purpose: what the policy knows of a checkout, whatever a model says of it.
-- Grain: one row a checkout; BOOL columns are rules and segments, numbers are figures, money in USD.
-- Inputs: input, a checkout as application.schema.json has it.
WITH
  plan AS (
    SELECT
      *,
      GREATEST(amount - first_payment_amount, 0) AS financed_amount
    FROM input
  )
SELECT
  -- Knock-out rules: TRUE where they apply.
  amount > payment_credit_limit AS over_credit_limit,
  account_open_plans >= 6 AS too_many_plans,
  account_payments_missed >= 3
    AND IFNULL(account_days_since_last_late, 9999) < 90 AS recently_missed,
  customer_verification_level = 'unverified' AND amount > 300 AS unverified_large,

  -- Segments.
  account_plans_completed = 0 AS new_customer,

  -- What the customer would owe.
  account_outstanding_amount + financed_amount AS exposure_amount,
  (account_outstanding_amount + financed_amount) / payment_credit_limit AS exposure_to_limit,

  -- The plan: every instalment but the first comes due, fourteen days after the one before.
  amount,
  financed_amount,
  14 * (installment_count - 1) AS plan_days,
  financed_amount * installment_count / (2 * (installment_count - 1)) AS average_outstanding
FROM plan
