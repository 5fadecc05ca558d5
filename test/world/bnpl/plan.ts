/** An instalment plan: what is due when, and what becomes of each instalment. */
import { DAY_MS } from '../dates.ts';
import { type LogOdds, lateChance, missChance } from './hazard.ts';
import type { Health } from './health.ts';
import type { Random } from './random.ts';

/** Days between instalments; the first, a quarter of the amount, is paid at checkout. */
export const PERIOD_DAYS = 14;

/** Days after which an unpaid instalment counts as missed, and a missed plan as lost. */
const GRACE_DAYS = 14;
const CHARGE_OFF_DAYS = 90;

/** Most days from a checkout to the last that is heard of its plan. */
export const LONGEST_PLAN_DAYS = 11 * PERIOD_DAYS + CHARGE_OFF_DAYS;

/** A plan and its whole future; small, since a world holds very many. */
export interface Plan {
  readonly day: number;
  readonly cents: number;
  readonly count: number;
  /** Moments at which the instalments 2, 3, … were paid, up to the first that was missed. */
  readonly paid: readonly number[];
  /** What became of the missed instalment and all later ones; null where none was missed. */
  readonly fall: { readonly settled: number; readonly recovered: boolean } | null;
}

/** Something that becomes known of an instalment. */
export interface Repayment {
  readonly at: number;
  /** From 2: the first is part of the checkout. */
  readonly installment: number;
  readonly outcome: 'paid' | 'missed' | 'recovered' | 'charged_off';
  /** Whole days from the due day to this: 0–13 where it was paid, 14 where missed; never below 0. */
  readonly daysLate: number;
}

/** The day on which an instalment (from 1) of a plan is due. */
export const dueDay = (checkoutDay: number, installment: number): number =>
  checkoutDay + PERIOD_DAYS * (installment - 1);

/** Cents of an instalment: a quarter down, the rest in equal parts; odd cents come last. */
export function installmentCents(cents: number, count: number, installment: number): number {
  const down = Math.round(cents / 4);
  if (installment === 1) return down;
  const part = Math.floor((cents - down) / (count - 1));
  return installment < count ? part : cents - down - part * (count - 2);
}

/** The first instalment that was missed; undefined where none was. */
export const missedInstallment = ({ paid, fall }: Plan): number | undefined =>
  fall === null ? undefined : paid.length + 2;

const overnight = (day: number): number => day * DAY_MS + 2 * 3_600_000;

/** People pay between six in the morning and ten at night. */
const daytime = (day: number, random: Random): number =>
  day * DAY_MS + Math.floor((6 + 16 * random.uniform()) * 3_600_000);

/** The `index`-th (from 0) thing that becomes known of a plan; undefined after the last. */
export function repaymentAt(plan: Plan, index: number): Repayment | undefined {
  const { count, paid, fall } = plan;
  const at = paid[index];
  if (at !== undefined) return repayment(plan, index + 2, 'paid', at);
  if (fall === null) return undefined;
  const missed = paid.length + 2;
  if (index === paid.length) {
    return repayment(plan, missed, 'missed', overnight(dueDay(plan.day, missed) + GRACE_DAYS));
  }
  // Then come the missed instalment and all later ones again, settled at once.
  const installment = index + 1;
  if (installment > count) return undefined;
  return repayment(plan, installment, fall.recovered ? 'recovered' : 'charged_off', fall.settled);
}

function repayment(
  { day }: Plan,
  installment: number,
  outcome: Repayment['outcome'],
  at: number,
): Repayment {
  // A plan that falls is settled whole: its last instalments may not be due yet.
  const daysLate = Math.max(0, Math.floor(at / DAY_MS) - dueDay(day, installment));
  return { at, installment, outcome, daysLate };
}

/** Draws what becomes of a plan. */
export function playOut(
  day: number,
  cents: number,
  count: number,
  odds: LogOdds,
  health: Health,
  random: Random,
): Plan {
  const paid: number[] = [];
  for (let installment = 2; installment <= count; installment += 1) {
    const due = dueDay(day, installment);
    const troubled = health.troubled(due * DAY_MS);
    if (random.chance(missChance(odds, troubled, installment))) {
      return { day, cents, count, paid: paid.slice(), fall: fallOf(due, odds, random) };
    }
    const late = random.chance(lateChance(odds, troubled));
    const daysLate = late ? 1 + Math.floor(13 * random.uniform() ** 2) : 0;
    paid.push(daytime(due + daysLate, random));
  }
  // The copy is of exact size: very many of these are kept.
  return { day, cents, count, paid: paid.slice(), fall: null };
}

/** What is left of a plan once an instalment is missed comes in as one sum, or never. */
function fallOf(due: number, odds: LogOdds, random: Random): Plan['fall'] {
  const recovered = random.chance(0.62 - 0.08 * Math.max(0, odds.calm + 3));
  if (!recovered) return { settled: overnight(due + CHARGE_OFF_DAYS), recovered };
  const patience = CHARGE_OFF_DAYS - 1 - GRACE_DAYS;
  const day = due + GRACE_DAYS + 1 + Math.floor(patience * random.uniform() ** 2);
  return { settled: daytime(day, random), recovered };
}
