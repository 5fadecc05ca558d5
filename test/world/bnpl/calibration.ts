/** Finds the level of the hazards at which a quiet year of the world defaults as often as asked. */

import { dayOf } from '../dates.ts';
import { conditionsBy } from './conditions.ts';
import { logit } from './curves.ts';
import type { Tuning } from './hazard.ts';
import { Life } from './life.ts';
import { type Lifeline, Population } from './population.ts';
import { Random, rootKey } from './random.ts';

/** Days after checkout within which the base rate counts missed instalments. */
const BASE_RATE_DAYS = 28;

const FROM = dayOf('2023-01-01');
const TO = dayOf('2023-12-31');
/** Customers whose whole lives are the reference. */
const PEOPLE = 5000;
/**
 * Heavy customers make any such sample stray by some per cent. This one is typical: at signals of
 * 0.5 to 3 its mean is within 1 % of that of twenty times as many.
 */
const REFERENCE = rootKey(8);

let reference: readonly Lifeline[] | undefined;
const found = new Map<string, Tuning>();

/** @returns the tuning, remembered for later worlds with the same knobs */
export function tune(signal: number, baseDefaultRate: number): Tuning {
  const name = `${signal} ${baseDefaultRate}`;
  let tuning = found.get(name);
  if (tuning === undefined) {
    tuning = solve(signal, baseDefaultRate);
    found.set(name, tuning);
  }
  return tuning;
}

/** Regula falsi on the log-odds of the rate, which is nearly linear in the intercept. */
function solve(signal: number, rate: number): Tuning {
  const miss = (intercept: number) => logit(meanRate({ intercept, signal })) - logit(rate);
  let [low, high] = [logit(rate) - 1, logit(rate)];
  let [below, above] = [miss(low), miss(high)];
  for (; below > 0; below = miss(low)) {
    [high, above] = [low, below];
    low -= 2;
  }
  for (; above < 0; above = miss(high)) {
    [low, below] = [high, above];
    high += 2;
  }
  for (;;) {
    const intercept = low - (below * (high - low)) / (above - below);
    const off = miss(intercept);
    // The rate is not quite smooth in the intercept: single fates turn and change what follows.
    if (Math.abs(off) < 1e-3 || high - low < 1e-6) return { intercept, signal };
    if (off < 0) [low, below] = [intercept, off];
    else [high, above] = [intercept, off];
  }
}

/** The mean true probability over all completed checkouts of the reference lives. */
function meanRate(tuning: Tuning): number {
  reference ??= referenceLives();
  const around = { conditions: conditionsBy(0, []), tuning, dueWithinDays: BASE_RATE_DAYS };
  const random = new Random(REFERENCE);
  let [sum, count] = [0, 0];
  for (const line of reference) {
    const life = new Life(line, around);
    while (life.next !== undefined) {
      const { plan, defaultProbability } = life.visit(random);
      if (plan === null) continue;
      sum += defaultProbability;
      count += 1;
    }
  }
  return sum / count;
}

function referenceLives(): Lifeline[] {
  const population = new Population(REFERENCE, 100, TO + 365);
  const random = new Random(REFERENCE);
  const lives: Lifeline[] = [];
  for (let day = FROM; day <= TO; day += 1) {
    const { first, end } = population.bornOn(day);
    for (let number = first; number < end; number += 1) {
      lives.push(population.lifeline(number, day, random));
    }
  }
  const step = lives.length / PEOPLE;
  return step <= 1 ? lives : Array.from({ length: PEOPLE }, (_, i) => lives[Math.floor(i * step)]!);
}
