/** The fields of a checkout, by what they hold; a shock to the feed names one of them. */

/** What tells records apart or puts them in order: no shock touches it. */
export const KEY_FIELDS = [
  'transaction_id',
  'customer_id',
  'product_id',
  'device_id',
  'payment_method_id',
  '_timestamp',
  '_record_id',
  '_generator',
] as const;

/** Texts. */
export const TEXT_FIELDS = [
  'currency',
  'status',
  'risk_scenario',
  'risk_level',
  'payment_frequency',
  'purchase_context',
  'checkout_speed',
  'customer_age_bracket',
  'customer_income_bracket',
  'customer_credit_score_range',
  'customer_verification_level',
  'customer_address_stability',
  'customer_state',
  'product_category',
  'product_subcategory',
  'product_brand',
  'product_risk_category',
  'device_type',
  'device_os',
  'payment_provider',
  'payment_type',
] as const;

/** Numbers. */
export const NUMBER_FIELDS = [
  'amount',
  'risk_score',
  'installment_count',
  'first_payment_amount',
  'cart_abandonment_count',
  'price_comparison_time',
  'time_on_site_seconds',
  'economic_stress_factor',
  'customer_tenure_days',
  'product_price',
  'payment_credit_limit',
  'account_open_plans',
  'account_outstanding_amount',
  'account_plans_completed',
  'account_payments_on_time',
  'account_payments_late',
  'account_payments_missed',
  'account_days_since_last_late',
  'account_days_since_last_checkout',
  'account_checkouts_last_30_days',
  'account_amount_last_30_days',
  // Only where the scenario is credit_stretched.
  'credit_utilization',
] as const;

/** True or false. */
export const FLAG_FIELDS = ['product_bnpl_eligible', 'device_is_trusted'] as const;
