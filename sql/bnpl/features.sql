-- Purpose: what a model knows of a checkout.
-- Grain: one row a checkout, row by row: the same text trains in the warehouse and scores at checkout.
-- Inputs: input, a checkout as application.schema.json has it.
-- Age and state are left out on purpose: they are protected, or stand in for what is.
WITH
  plan AS (
    SELECT
      *,
      amount - first_payment_amount AS financed_amount,
      CASE customer_income_bracket
        WHEN '<25k' THEN 18000
        WHEN '25k-50k' THEN 37000
        WHEN '50k-75k' THEN 62000
        WHEN '75k-100k' THEN 87000
        ELSE 130000
      END AS yearly_income,
      account_payments_late + account_payments_missed AS bad_payments,
      account_payments_on_time + account_payments_late + account_payments_missed AS payments
    FROM input
  )
SELECT
  -- The plan.
  amount,
  installment_count,
  amount / payment_credit_limit AS amount_to_limit,
  financed_amount / installment_count AS installment_amount,
  26 * financed_amount / installment_count / yearly_income AS installment_to_income,

  -- What is owed already.
  account_open_plans AS open_plans,
  account_outstanding_amount AS outstanding_amount,
  (account_outstanding_amount + financed_amount) / payment_credit_limit AS exposure_to_limit,
  (account_outstanding_amount + financed_amount) / yearly_income AS exposure_to_income,
  account_checkouts_last_30_days AS checkouts_last_30_days,
  account_amount_last_30_days AS amount_last_30_days,
  account_amount_last_30_days / yearly_income AS recent_spend_to_income,

  -- How earlier plans went.
  account_plans_completed AS plans_completed,
  account_payments_on_time AS payments_on_time,
  account_payments_late AS payments_late,
  account_payments_missed AS payments_missed,
  IFNULL(SAFE_DIVIDE(bad_payments, payments), 0) AS bad_payment_share,
  (bad_payments + 0.5) / (payments + 8) AS bad_payment_rate,
  IFNULL(account_days_since_last_late, 9999) AS days_since_last_late,
  IFNULL(account_days_since_last_checkout, 9999) AS days_since_last_checkout,
  IF(account_days_since_last_checkout IS NULL, 1, 0) AS is_first_checkout,

  -- Who asks.
  risk_score,
  CASE customer_credit_score_range
    WHEN 'poor' THEN 0
    WHEN 'fair' THEN 1
    WHEN 'good' THEN 2
    ELSE 3
  END AS credit_score_rank,
  CASE customer_verification_level
    WHEN 'unverified' THEN 0
    WHEN 'partial' THEN 1
    ELSE 2
  END AS verification_rank,
  CASE customer_address_stability
    WHEN 'frequent_mover' THEN 0
    WHEN 'new' THEN 1
    ELSE 2
  END AS address_rank,
  yearly_income,
  customer_tenure_days AS tenure_days,

  -- The purchase and the moment.
  CASE product_risk_category WHEN 'low' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END AS product_risk_rank,
  IF(product_category = 'electronics', 1, 0) AS is_electronics,
  IF(device_is_trusted, 1, 0) AS device_is_trusted,
  IF(device_type = 'mobile', 1, 0) AS is_mobile,
  IF(risk_scenario = 'impulse_purchase', 1, 0) AS is_impulse,
  IF(risk_scenario = 'credit_stretched', 1, 0) AS is_stretched,
  IF(risk_scenario = 'high_risk_behavior', 1, 0) AS is_high_risk_behavior,
  IFNULL(credit_utilization, 0) AS credit_utilization,
  price_comparison_time,
  time_on_site_seconds,
  cart_abandonment_count,
  economic_stress_factor,
  IF(EXTRACT(HOUR FROM _timestamp) >= 22 OR EXTRACT(HOUR FROM _timestamp) < 6, 1, 0) AS is_night,
  IF(EXTRACT(MONTH FROM _timestamp) >= 11, 1, 0) AS is_holiday_season
FROM plan
