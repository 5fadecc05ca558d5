/** A customer's ledger, and what the lender's account system can tell from it at a moment. */
import { DAY_MS } from '../dates.ts';
import { installmentCents, type Plan, type Repayment, repaymentAt } from './plan.ts';

/** Money in cents; counts and amounts of payments leave the one at checkout out. */
export interface AccountSummary {
  readonly openPlans: number;
  readonly outstanding: number;
  readonly plansCompleted: number;
  readonly onTime: number;
  readonly late: number;
  readonly missed: number;
  /** Whole days since an instalment was last paid late or missed; null where none was. */
  readonly daysSinceLastLate: number | null;
  /** Whole days since the checkout before, declined or not; null at the first. */
  readonly daysSinceLastCheckout: number | null;
  /** Checkouts of the last 30 × 24 hours, declined ones included, and their sum. */
  readonly checkouts30: number;
  readonly amount30: number;
}

interface OpenPlan {
  readonly plan: Plan;
  /** Repayments already booked. */
  booked: number;
  owed: number;
}

const MONTH_MS = 30 * DAY_MS;

/** One customer's plans and payments, booked as they become known. */
export class Account {
  private open: OpenPlan[] = [];
  private plansCompleted = 0;
  private onTime = 0;
  private late = 0;
  private missed = 0;
  private lastLate: number | null = null;
  private lastCheckout: number | null = null;
  /** Moments of the checkouts of the last 30 days, and what they were for. */
  private moments: number[] = [];
  private amounts: number[] = [];

  /** What is known just before the moment `at`, which must not be earlier than the last one. */
  summary(at: number): AccountSummary {
    this.settle(at);
    this.forget(at - MONTH_MS);
    const days = (since: number | null) =>
      since === null ? null : Math.floor((at - since) / DAY_MS);
    return {
      openPlans: this.open.length,
      outstanding: sum(this.open.map(({ owed }) => owed)),
      plansCompleted: this.plansCompleted,
      onTime: this.onTime,
      late: this.late,
      missed: this.missed,
      daysSinceLastLate: days(this.lastLate),
      daysSinceLastCheckout: days(this.lastCheckout),
      checkouts30: this.moments.length,
      amount30: sum(this.amounts),
    };
  }

  /** Books a checkout, and its plan unless it was declined. */
  add(at: number, cents: number, plan: Plan | null): void {
    this.lastCheckout = at;
    // Unlike a push, concat keeps no room for more, which very many accounts could not afford.
    this.moments = this.moments.concat(at);
    this.amounts = this.amounts.concat(cents);
    if (plan === null) return;
    const owed = cents - installmentCents(cents, plan.count, 1);
    this.open = this.open.concat({ plan, booked: 0, owed });
  }

  private forget(before: number): void {
    const kept = this.moments.findIndex((moment) => moment > before);
    if (kept === 0) return;
    this.moments = kept < 0 ? [] : this.moments.slice(kept);
    this.amounts = kept < 0 ? [] : this.amounts.slice(kept);
  }

  private settle(before: number): void {
    const open = this.open.filter((each) => this.isOpen(each, before));
    if (open.length < this.open.length) this.open = open.slice();
  }

  /** Books what is known before a moment. @returns whether there is more to come */
  private isOpen(open: OpenPlan, before: number): boolean {
    const { plan } = open;
    for (;;) {
      const repayment = repaymentAt(plan, open.booked);
      if (repayment === undefined) break;
      if (repayment.at >= before) return true;
      this.book(repayment);
      const { outcome, installment } = repayment;
      if (outcome !== 'missed') open.owed -= installmentCents(plan.cents, plan.count, installment);
      open.booked += 1;
    }
    if (plan.fall === null || plan.fall.recovered) this.plansCompleted += 1;
    return false;
  }

  private book({ at, outcome, daysLate }: Repayment): void {
    if (outcome === 'missed') this.missed += 1;
    else if (outcome !== 'paid') return;
    else if (daysLate === 0) this.onTime += 1;
    else this.late += 1;
    if (daysLate !== 0) this.lastLate = Math.max(this.lastLate ?? 0, at);
  }
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
