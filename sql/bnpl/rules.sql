-- Purpose: knock-out rules: what is refused or looked at whatever a model says.
-- Grain: one row a checkout; each column is a rule, TRUE where it applies.
-- Inputs: input, a checkout as application.schema.json has it.
SELECT
  amount > payment_credit_limit AS over_credit_limit,
  account_outstanding_amount + amount - first_payment_amount > 2 * payment_credit_limit AS over_exposure,
  account_open_plans >= 6 AS too_many_plans,
  account_payments_missed >= 3
    AND IFNULL(account_days_since_last_late, 9999) < 90 AS recently_missed,
  customer_verification_level = 'unverified' AND amount > 300 AS unverified_large
FROM input
