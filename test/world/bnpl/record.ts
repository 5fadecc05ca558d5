/** Records as they go over the wire: simtom's names, and what the account system adds. */
import { isoDate, isoTime } from '../dates.ts';
import type { Visit } from './life.ts';
import { dueDay, installmentCents, missedInstallment } from './plan.ts';
import { riskLevel } from './reading.ts';
import type { RepaymentEvent } from './simulation.ts';

/** A value of a record. */
type Value = string | number | boolean | null;
/** A record as it is sent. */
export type Row = Record<string, Value>;

const dollars = (cents: number): number => cents / 100;

/** `number` is the customer's × 1000 + the checkout's place in their life. */
const transactionId = (number: number): string => `txn_${String(number).padStart(10, '0')}`;

const customerId = (number: number): string => `cust_${String(number).padStart(6, '0')}`;

/** A checkout: what the lender is asked, and whether its rules of the day let it through. */
export function checkoutRow(visit: Visit): Row {
  const { customer, purchase, account, reading, conditions } = visit;
  const { product } = purchase;
  const device = customer.devices[purchase.device]!;
  const owner = customerId(customer.number);
  const amount = dollars(purchase.cents);
  const row: Row = {
    transaction_id: transactionId(visit.transaction),
    customer_id: owner,
    product_id: product.id,
    device_id: `${owner}_device_${purchase.device + 1}`,
    payment_method_id: `${owner}_pm_${purchase.method + 1}`,
    amount,
    currency: 'USD',
    status: visit.plan === null ? 'declined' : 'completed',
    risk_scenario: purchase.scenario,
    risk_score: reading.riskScore,
    risk_level: riskLevel(reading.riskScore),
    installment_count: purchase.installmentCount,
    first_payment_amount: dollars(installmentCents(purchase.cents, purchase.installmentCount, 1)),
    payment_frequency: 'bi_weekly',
    purchase_context: purchase.context,
    checkout_speed: purchase.checkoutSpeed,
    cart_abandonment_count: purchase.cartAbandonments,
    price_comparison_time: purchase.comparisonSeconds,
    time_on_site_seconds: purchase.siteSeconds,
    economic_stress_factor: conditions.stress,
    customer_age_bracket: customer.ageBracket,
    customer_tenure_days: visit.day - customer.signupDay,
    customer_income_bracket: customer.incomeBracket,
    customer_credit_score_range: reading.creditRange,
    customer_verification_level: customer.verification,
    customer_address_stability: customer.addressStability,
    customer_state: customer.state,
    product_category: product.category,
    product_subcategory: product.subcategory,
    product_brand: product.brand,
    product_price: amount,
    product_bnpl_eligible: amount >= 50 && ELIGIBLE.includes(product.category),
    product_risk_category: product.risk,
    device_type: device.type,
    device_os: device.os,
    device_is_trusted: purchase.trusted,
    payment_provider: customer.providers[purchase.method]!,
    payment_type: 'bnpl_account',
    payment_credit_limit: customer.creditLimit,
    account_open_plans: account.openPlans,
    account_outstanding_amount: dollars(account.outstanding),
    account_plans_completed: account.plansCompleted,
    account_payments_on_time: account.onTime,
    account_payments_late: account.late,
    account_payments_missed: account.missed,
    account_days_since_last_late: account.daysSinceLastLate,
    account_days_since_last_checkout: account.daysSinceLastCheckout,
    account_checkouts_last_30_days: account.checkouts30,
    account_amount_last_30_days: dollars(account.amount30),
    _timestamp: isoTime(visit.at),
    _record_id: visit.transaction,
    _generator: 'BNPLGenerator',
  };
  if (purchase.scenario === 'credit_stretched') {
    const used = dollars(account.outstanding + purchase.cents) / customer.creditLimit;
    row.credit_utilization = Math.round(used * 1e4) / 1e4;
  }
  return row;
}

const ELIGIBLE: readonly string[] = ['electronics', 'clothing', 'home'];

/** What became known of one instalment. */
export function repaymentRow({ transaction, plan, repayment }: RepaymentEvent): Row {
  const { installment, outcome } = repayment;
  const id = transactionId(transaction);
  return {
    event_id: `${id.replace('txn', 'evt')}_${installment}_${outcome}`,
    transaction_id: id,
    customer_id: customerId(Math.floor(transaction / 1000)),
    installment_number: installment,
    installment_count: plan.count,
    amount_due: dollars(installmentCents(plan.cents, plan.count, installment)),
    due_date: isoDate(dueDay(plan.day, installment)),
    event: outcome,
    days_late: repayment.daysLate,
    _timestamp: isoTime(repayment.at),
  };
}

/** The simulator's own knowledge of a completed checkout; undefined for a declined one. */
export function truthRow(visit: Visit, dueWithinDays: number): Row | undefined {
  const { plan, day } = visit;
  if (plan === null) return undefined;
  const missed = missedInstallment(plan);
  return {
    transaction_id: transactionId(visit.transaction),
    default_probability: visit.defaultProbability,
    defaulted: missed !== undefined && dueDay(day, missed) - day <= dueWithinDays,
    _timestamp: isoTime(visit.at),
  };
}
