-- Purpose: what a model knows of a credit-card account at its monthly review.
-- Grain: one row an account, row by row: the same text trains in the warehouse and scores at review.
-- Inputs: input, an account as application.schema.json has it.
-- Sex, marriage and age are left out on purpose: they are protected.
WITH
  months AS (
    SELECT
      *,
      GREATEST(pay_0, 0) AS late_1,
      GREATEST(pay_2, 0) AS late_2,
      GREATEST(pay_3, 0) AS late_3,
      GREATEST(pay_4, 0) AS late_4,
      GREATEST(pay_5, 0) AS late_5,
      GREATEST(pay_6, 0) AS late_6,
      bill_amt1 + bill_amt2 + bill_amt3 + bill_amt4 + bill_amt5 + bill_amt6 AS billed,
      pay_amt1 + pay_amt2 + pay_amt3 + pay_amt4 + pay_amt5 + pay_amt6 AS paid,
      -- A limit of zero would divide by nothing; no account has one.
      GREATEST(limit_bal, 1) AS credit_limit
    FROM input
  )
SELECT
  limit_bal,
  education,

  -- Months late, latest first; below zero where the account was not revolving.
  pay_0,
  pay_2,
  pay_3,
  pay_4,
  pay_5,
  pay_6,
  late_1 + late_2 + late_3 + late_4 + late_5 + late_6 AS months_late,
  GREATEST(late_1, late_2, late_3, late_4, late_5, late_6) AS worst_month,
  IF(late_1 > 0, 1, 0) + IF(late_2 > 0, 1, 0) + IF(late_3 > 0, 1, 0)
    + IF(late_4 > 0, 1, 0) + IF(late_5 > 0, 1, 0) + IF(late_6 > 0, 1, 0) AS late_months,
  late_1 + late_2 - late_3 - late_4 AS lateness_trend,

  -- What was owed.
  bill_amt1,
  bill_amt2,
  bill_amt3,
  bill_amt6,
  bill_amt1 / credit_limit AS utilization,
  billed / 6 / credit_limit AS average_utilization,
  (bill_amt1 - bill_amt6) / credit_limit AS utilization_trend,

  -- What was paid.
  pay_amt1,
  pay_amt2,
  pay_amt3,
  pay_amt4,
  pay_amt5,
  pay_amt6,
  paid / credit_limit AS paid_to_limit,
  LEAST(GREATEST(IFNULL(SAFE_DIVIDE(pay_amt1, bill_amt2), 1), 0), 2) AS paid_of_last_bill,
  LEAST(GREATEST(IFNULL(SAFE_DIVIDE(paid, billed), 1), 0), 2) AS paid_of_all_bills,
  LEAST(pay_amt1, pay_amt2, pay_amt3, pay_amt4, pay_amt5, pay_amt6) AS smallest_payment
FROM months
