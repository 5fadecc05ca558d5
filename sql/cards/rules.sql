-- Purpose: knock-out rules: what is refused or looked at whatever a model says.
-- Grain: one row an account; each column is a rule, TRUE where it applies.
-- Inputs: input, an account as application.schema.json has it.
SELECT
  pay_0 >= 4 AS four_months_late,
  bill_amt1 > 2 * limit_bal AS far_over_limit
FROM input
