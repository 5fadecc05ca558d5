-- Purpose: what the policy knows of an account, whatever a model says of it.
-- Grain: one row an account; BOOL columns are rules and segments, numbers are figures, money in New
--   Taiwan dollars.
-- Inputs: input, an account as application.schema.json has it.
WITH
  account AS (
    SELECT
      *,
      GREATEST(bill_amt1, 0) AS balance
    FROM input
  )
SELECT
  -- Knock-out rules: TRUE where they apply.
  pay_0 >= 4 AS four_months_late,
  bill_amt1 > 2 * limit_bal AS far_over_limit,

  -- Segments.
  pay_0 >= 1 AS behind,

  -- The limit, and what may be owed when it comes to a default: half of what is free is drawn before.
  limit_bal AS credit_limit,
  balance + 0.5 * GREATEST(limit_bal - balance, 0) AS exposure_at_default,

  -- A year as the last six months were: who pays in full spends and owes no interest.
  balance,
  2 * (pay_amt1 + pay_amt2 + pay_amt3 + pay_amt4 + pay_amt5 + pay_amt6) AS yearly_spending,
  IF(pay_0 >= 0, 0.15 * balance, 0) AS yearly_interest
FROM account
