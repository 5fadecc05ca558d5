/**
 * Why an instalment is missed. The log-odds are a sum of five groups of causes, fixed at checkout
 * but for spells of trouble, which count when the instalment falls due.
 */
import type { AccountSummary } from './account.ts';
import type { Conditions } from './conditions.ts';
import { logistic } from './curves.ts';
import type { Customer } from './customer.ts';
import { chanceOfTrouble, TROUBLE } from './health.ts';
import { isNight, type Purchase } from './purchase.ts';

/** Where the log-odds lie and how much of them is systematic. */
export interface Tuning {
  readonly intercept: number;
  /** 1 is the default; 0 makes all plans alike. */
  readonly signal: number;
}

/** All that a plan's fate depends on. */
export interface Situation {
  readonly at: number;
  readonly customer: Customer;
  readonly purchase: Purchase;
  readonly account: AccountSummary;
  readonly conditions: Conditions;
  /** Latent health outside trouble. */
  readonly health: number;
}

/** Log-odds of missing the third instalment, in calm and in trouble. */
export interface LogOdds {
  readonly calm: number;
  readonly troubled: number;
}

const over = (value: number, threshold: number): number => Math.max(0, value - threshold);

/** Weakness tells the more the weaker one is. */
const healthCause = (health: number): number => 1.2 * Math.log1p(Math.exp(-1.05 * health - 0.3));

/** A late payment weighs for weeks, and while it does, no good record helps. */
function historyCause({ onTime, late, missed, daysSinceLastLate }: AccountSummary): number {
  const recent = daysSinceLastLate === null ? 0 : Math.exp(-daysSinceLastLate / 45);
  return (
    recent * (0.6 + 0.2 * Math.min(late, 4)) +
    0.3 * Math.min(missed, 2) -
    0.34 * Math.log1p(onTime) * (1 - recent)
  );
}

/** What is owed against a month's spare income, and plans stacked on plans: the strong can carry both. */
function burdenCause({ customer, purchase, account }: Situation, health: number): number {
  const owed = (account.outstanding + 0.75 * purchase.cents) / 100;
  const load = owed / ((0.15 * customer.income) / 12);
  const stacking = 0.3 * account.openPlans + 0.05 * over(account.openPlans, 2);
  return (0.4 * Math.min(over(load, 0.3), 3) + stacking) * 1.9 * logistic(-1.6 * health - 0.4);
}

/** An unknown customer or device is a risk with a dear purchase; of old customers it is a good sign. */
function newnessCause({ customer, purchase, account }: Situation): number {
  const dear = logistic((purchase.cents / 100 - 160) / 25);
  const stranger = purchase.trusted ? 0 : 0.2 + 0.9 * dear;
  if (account.daysSinceLastCheckout !== null) {
    return stranger - (account.plansCompleted > 0 ? 0.5 * dear : 0);
  }
  const unproven = customer.verification === 'unverified' ? 0.5 : 0;
  return 0.22 + 0.9 * dear + unproven + stranger;
}

const BY_SCENARIO = {
  low_risk_purchase: 0,
  impulse_purchase: 0,
  credit_stretched: 0.3,
  high_risk_behavior: 0.4,
};
const BY_PRODUCT_RISK = { low: 0, medium: 0.1, high: 0.25 };
const BY_VERIFICATION = { verified: 0, partial: 0.15, unverified: 0.4 };
const BY_ADDRESS = { stable: 0, new: 0.1, frequent_mover: 0.2 };

/** How one buys: most of it tells only together with what one buys, and when. */
function purchaseCause({ at, customer, purchase, account }: Situation): number {
  const used = (account.outstanding + purchase.cents) / 100 / customer.creditLimit;
  const impulsive = purchase.scenario === 'impulse_purchase';
  const hasty = purchase.cents > 120_00 && purchase.comparisonSeconds < 75 ? 0.6 : 0;
  return (
    BY_SCENARIO[purchase.scenario] +
    BY_PRODUCT_RISK[purchase.product.risk] +
    BY_VERIFICATION[customer.verification] +
    BY_ADDRESS[customer.addressStability] +
    0.5 * over(used, 0.5) +
    0.15 * over(account.checkouts30, 2) +
    hasty +
    (impulsive && isNight(at) ? 0.6 : 0)
  );
}

/** The sum of all causes that tell one plan from another, at a level of health. */
function systematic(situation: Situation, health: number): number {
  const { weights } = situation.conditions;
  return (
    weights.health * healthCause(health) +
    weights.history * historyCause(situation.account) +
    weights.burden * burdenCause(situation, health) +
    weights.newness * newnessCause(situation) +
    weights.purchase * purchaseCause(situation)
  );
}

/** The log-odds of a plan in this situation, in calm and in trouble. */
export function logOdds(situation: Situation, { intercept, signal }: Tuning): LogOdds {
  const { health, conditions } = situation;
  const level = intercept + 0.9 * conditions.stress + conditions.season;
  return {
    calm: level + signal * systematic(situation, health),
    troubled: level + signal * systematic(situation, health - TROUBLE),
  };
}

/** The chance that an instalment (from 2) which falls due is missed. */
export function missChance(odds: LogOdds, troubled: boolean, installment: number): number {
  // The first payments after the purchase sort out who never meant to pay.
  const early = 0.1 * Math.max(-3, 3 - installment);
  return logistic((troubled ? odds.troubled : odds.calm) + early);
}

/** The chance that an instalment which is not missed is paid late. */
export const lateChance = (odds: LogOdds, troubled: boolean): number =>
  logistic(0.2 + 0.5 * (troubled ? odds.troubled : odds.calm));

/**
 * The exact chance that one of the instalments due is missed, given all that holds at checkout:
 * the forward recursion over the two states of health.
 *
 * @param due moments at which the instalments 2, 3, … fall due
 */
export function defaultProbability(
  odds: LogOdds,
  at: number,
  troubledNow: boolean,
  due: readonly number[],
): number {
  let then = at;
  // Chances of having missed nothing so far and being in calm, in trouble.
  let calm = troubledNow ? 0 : 1;
  let troubled = 1 - calm;
  due.forEach((moment, index) => {
    const falls = chanceOfTrouble(false, moment - then);
    const stays = chanceOfTrouble(true, moment - then);
    const inTrouble = calm * falls + troubled * stays;
    const inCalm = calm * (1 - falls) + troubled * (1 - stays);
    calm = inCalm * (1 - missChance(odds, false, index + 2));
    troubled = inTrouble * (1 - missChance(odds, true, index + 2));
    then = moment;
  });
  return 1 - calm - troubled;
}
