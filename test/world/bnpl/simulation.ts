/** The world over a range of days: its checkouts, and what later becomes of their plans. */
import { DAY_MS } from '../dates.ts';
import { Life, type Past, type Surroundings, type Visit } from './life.ts';
import { LONGEST_PLAN_DAYS, type Plan, type Repayment, repaymentAt } from './plan.ts';
import { LIFE_DAYS, type Lifeline, type Population } from './population.ts';
import { Random, rootKey } from './random.ts';

/** A world that runs up to the population's last day. */
export interface World extends Surroundings {
  readonly population: Population;
}

/** What became known of a transaction's plan. */
export interface RepaymentEvent {
  readonly transaction: number;
  readonly plan: Plan;
  readonly repayment: Repayment;
}

/**
 * The world advances by the hour: of a big day's checkouts only few are in memory, and they are
 * gone before the collector takes them for something that stays.
 */
const HOUR_MS = 3_600_000;

const hourOf = (at: number): number => Math.floor(at / HOUR_MS);
const firstHour = (day: number): number => (day * DAY_MS) / HOUR_MS;

/** What happened in one hour, in the order of time. */
export interface Hour<T> {
  /** Since 1970-01-01. */
  readonly hour: number;
  readonly happened: readonly T[];
}

/** Things to come back to, by hour. */
class Agenda<T> {
  private readonly hours = new Map<number, T[]>();

  add(hour: number, item: T): void {
    const items = this.hours.get(hour);
    if (items === undefined) this.hours.set(hour, [item]);
    else items.push(item);
  }

  /** What stands against an hour; it is then forgotten. */
  take(hour: number): readonly T[] {
    const items = this.hours.get(hour) ?? [];
    this.hours.delete(hour);
    return items;
  }
}

/**
 * A customer who will come. Very many wait at a time, so only what they went through is kept; who
 * they are is drawn again.
 */
interface Waiting {
  readonly number: number;
  readonly born: number;
  readonly past?: Past;
}

/**
 * All checkouts of the days `from` to `to` in the order of time, an hour at a time. Empty hours
 * come before them: then the customers are looked up who were there already.
 */
export function* checkouts(world: World, from: number, to: number): Generator<Hour<Visit>> {
  const random = new Random(rootKey(0));
  const start = from * DAY_MS;
  const agenda = new Agenda<Waiting>();
  for (let day = from - LIFE_DAYS + 1; day <= to; day += 1) {
    for (const { number, visits } of bornOn(world, day, random)) {
      const next = visits.find((at) => at >= start);
      if (next !== undefined) agenda.add(hourOf(next), { number, born: day });
    }
    const midnight = firstHour(day);
    if (day < from) yield { hour: midnight, happened: [] };
    else for (let hour = midnight; hour < midnight + 24; hour += 1) yield visitsIn(hour);
  }

  function visitsIn(hour: number): Hour<Visit> {
    const happened: Visit[] = [];
    for (const { number, born, past } of agenda.take(hour)) {
      const life = new Life(world.population.lifeline(number, born, random), world, past);
      while (life.next !== undefined && hourOf(life.next) <= hour) {
        const visit = life.visit(random);
        if (visit.at >= start) happened.push(visit);
      }
      if (life.next !== undefined) agenda.add(hourOf(life.next), { number, born, past: life.past });
    }
    happened.sort((one, other) => one.at - other.at || one.transaction - other.transaction);
    return { hour, happened };
  }
}

function* bornOn({ population }: World, day: number, random: Random): Generator<Lifeline> {
  const { first, end } = population.bornOn(day);
  for (let number = first; number < end; number += 1) {
    yield population.lifeline(number, day, random);
  }
}

/** A plan of which there is more to be known. */
interface Expectation {
  readonly transaction: number;
  readonly plan: Plan;
  readonly next: number;
}

/**
 * All that becomes known of instalments on the days `from` to `to`, as {@link checkouts}. Whole
 * lives are lived at birth: what waits is only their plans, which are small.
 */
export function* repayments(
  world: World,
  from: number,
  to: number,
): Generator<Hour<RepaymentEvent>> {
  const random = new Random(rootKey(0));
  const start = from * DAY_MS;
  const oldest = start - LONGEST_PLAN_DAYS * DAY_MS;
  const agenda = new Agenda<Expectation>();
  for (let day = from - LONGEST_PLAN_DAYS - LIFE_DAYS + 1; day <= to; day += 1) {
    for (const line of bornOn(world, day, random)) {
      if (line.visits.at(-1)! >= oldest) live(new Life(line, world));
    }
    const midnight = firstHour(day);
    if (day < from) yield { hour: midnight, happened: [] };
    else for (let hour = midnight; hour < midnight + 24; hour += 1) yield eventsIn(hour);
  }

  function live(life: Life): void {
    while (life.next !== undefined) {
      const { transaction, plan } = life.visit(random);
      if (plan !== null) expect({ transaction, plan, next: 0 });
    }
  }

  function eventsIn(hour: number): Hour<RepaymentEvent> {
    const happened: RepaymentEvent[] = [];
    for (const { transaction, plan, next } of agenda.take(hour)) {
      let index = next;
      let repayment = repaymentAt(plan, index);
      while (repayment !== undefined && hourOf(repayment.at) === hour) {
        happened.push({ transaction, plan, repayment });
        index += 1;
        repayment = repaymentAt(plan, index);
      }
      expect({ transaction, plan, next: index });
    }
    return { hour, happened: happened.sort(inOrder) };
  }

  /** Notes down the first event from `next` on that lies in the range. */
  function expect({ transaction, plan, next }: Expectation): void {
    let index = next;
    let repayment = repaymentAt(plan, index);
    while (repayment !== undefined && repayment.at < start) {
      index += 1;
      repayment = repaymentAt(plan, index);
    }
    if (repayment === undefined) return;
    agenda.add(hourOf(repayment.at), { transaction, plan, next: index });
  }
}

const inOrder = (one: RepaymentEvent, other: RepaymentEvent): number =>
  one.repayment.at - other.repayment.at ||
  one.transaction - other.transaction ||
  one.repayment.installment - other.repayment.installment;
