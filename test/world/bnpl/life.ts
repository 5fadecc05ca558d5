/** One customer's life at the lender, checkout by checkout. */

import { DAY_MS } from '../dates.ts';
import { Account, type AccountSummary } from './account.ts';
import { CATEGORY_SHARES } from './catalogue.ts';
import type { Conditions } from './conditions.ts';
import { bornCustomer, type Customer } from './customer.ts';
import { defaultProbability, logOdds, type Tuning } from './hazard.ts';
import { type Drift, Health, TROUBLE } from './health.ts';
import { isDeclined } from './lender.ts';
import { dueDay, LONGEST_PLAN_DAYS, type Plan, playOut } from './plan.ts';
import { LIFE_DAYS, type Lifeline } from './population.ts';
import { type Purchase, shop } from './purchase.ts';
import { type Random, split } from './random.ts';
import { type Reading, read } from './reading.ts';

/** One checkout, with all that the simulator knows of it. */
export interface Visit {
  readonly customer: Customer;
  /** Unique and stable: customer number × 1000 + the checkout's place in their life. */
  readonly transaction: number;
  readonly at: number;
  readonly day: number;
  readonly conditions: Conditions;
  readonly purchase: Purchase;
  readonly account: AccountSummary;
  readonly reading: Reading;
  /** Null where the lender declined. */
  readonly plan: Plan | null;
  /** True chance that an instalment due within the label's days is missed. */
  readonly defaultProbability: number;
}

/** What a life depends on besides its own draws. */
export interface Surroundings {
  readonly conditions: (day: number) => Conditions;
  readonly tuning: Tuning;
  /** The label's days from checkout. */
  readonly dueWithinDays: number;
}

const HEALTH = 2;
const VISIT = 3;
const FATE = 4;

/** What a customer has gone through: with it, a life that is drawn again goes on where it was. */
export interface Past {
  /** Checkouts so far. */
  readonly lived: number;
  readonly drift: Drift;
  readonly account: Account;
}

/** A customer with their health and account; advances one checkout at a time. */
export class Life {
  private readonly line: Lifeline;
  private readonly around: Surroundings;
  private readonly customer: Customer;
  private readonly health: Health;
  private readonly account: Account;
  private lived: number;

  constructor(line: Lifeline, around: Surroundings, past?: Past) {
    this.line = line;
    this.around = around;
    const { applicants } = around.conditions(line.born);
    this.customer = bornCustomer(line, CATEGORY_SHARES.length, applicants);
    const span = (LIFE_DAYS + LONGEST_PLAN_DAYS) * DAY_MS;
    const key = split(line.key, HEALTH);
    this.health = new Health(key, this.customer.level, line.born * DAY_MS, span, past?.drift);
    this.account = past?.account ?? new Account();
    this.lived = past?.lived ?? 0;
  }

  /** All that has to be kept to go on later. */
  get past(): Past {
    return { lived: this.lived, drift: this.health.drift, account: this.account };
  }

  /** Moment of the next checkout; undefined when there is none. */
  get next(): number | undefined {
    return this.line.visits[this.lived];
  }

  /**
   * Lives up to and through the next checkout, which there must be.
   *
   * @param random any stream: it is started anew
   */
  visit(random: Random): Visit {
    const { customer, line } = this;
    const at = line.visits[this.lived]!;
    const day = Math.floor(at / DAY_MS);
    const conditions = this.around.conditions(day);
    random.start(split(split(line.key, VISIT), this.lived));
    const calm = this.health.calm(at, random);
    const troubled = this.health.troubled(at);
    const health = calm - (troubled ? TROUBLE : 0);
    const account = this.account.summary(at);
    const utilisation = account.outstanding / 100 / customer.creditLimit;
    const purchase = shop(customer, health, utilisation, at, conditions, random);
    const reading = read(customer, health, random);
    const odds = logOdds(
      { at, customer, purchase, account, conditions, health: calm },
      this.around.tuning,
    );
    const { cents, installmentCount: count } = purchase;
    const declined = isDeclined(customer, purchase, account, reading.riskScore);
    random.start(split(split(line.key, FATE), this.lived));
    const plan = declined ? null : playOut(day, cents, count, odds, this.health, random);
    this.account.add(at, cents, plan);
    const due = this.dueMoments(day, count);
    this.lived += 1;
    return {
      customer,
      transaction: line.number * 1000 + this.lived,
      at,
      day,
      conditions,
      purchase,
      account,
      reading,
      plan,
      defaultProbability: defaultProbability(odds, at, troubled, due),
    };
  }

  /** When the instalments fall due that count for the label. */
  private dueMoments(day: number, count: number): number[] {
    const moments: number[] = [];
    for (let installment = 2; installment <= count; installment += 1) {
      const due = dueDay(day, installment);
      if (due - day > this.around.dueWithinDays) break;
      moments.push(due * DAY_MS);
    }
    return moments;
  }
}
