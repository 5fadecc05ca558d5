/**
 * Who comes when. Customers are born (make their first checkout) by day and number themselves from
 * a fixed epoch; each comes back by a Poisson process of their own for at most a year. Nobody's
 * visits depend on anybody else's, so any range of days can be generated alone.
 */
import { DAY_MS, dayOf } from '../dates.ts';
import { type Key, Random, split } from './random.ts';
import { volumeFactor } from './volume.ts';

/** No customer is older than this. */
const EPOCH = dayOf('2010-01-01');

/** Days from a customer's first checkout after which they never come back. */
export const LIFE_DAYS = 365;

/** First day that a stream may start with: the lives and plans behind it are whole. */
export const FIRST_DAY = '2012-01-01';
/** Last day that a stream may end with. */
export const LAST_DAY = '2100-12-31';

/** Most checkouts of one customer; transaction numbers leave room for as many. */
const MOST_VISITS = 999;

/** Share of checkouts that are a customer's first. */
const NEWCOMERS = 0.3;

/** Spread of the logarithm of how often customers come: a few come very often. */
const FREQUENCY_SD = 0.8;

/** The chance that a customer is still there `age` days after the first checkout. */
const survival = (age: number): number => 1 - (age / LIFE_DAYS) ** (5 / 3);

/** Its inverse. */
const lifetime = (uniform: number): number => LIFE_DAYS * (1 - uniform) ** (3 / 5);

const NOISE = 1;
const BIRTHS = 2;
const PEOPLE = 3;
const VISITS = 0;

/** What is known of a customer before any detail is drawn. */
export interface Lifeline {
  readonly number: number;
  readonly key: Key;
  /** Day of the first checkout. */
  readonly born: number;
  /** Log of the frequency over the average customer's, in standard deviations. */
  readonly appetite: number;
  /** Moments of all checkouts up to the population's last day, ascending. */
  readonly visits: readonly number[];
}

/** All births and the pace of repeat business, from the epoch up to the day `until`. */
export class Population {
  private readonly people: Key;
  private readonly until: number;
  /** Customers born before day EPOCH + i. */
  private readonly bornBefore: Float64Array;
  /** Repeat checkouts up to the end of day EPOCH + i of a customer of average frequency. */
  private readonly pace: Float64Array;

  constructor(world: Key, baseDailyVolume: number, until: number) {
    this.people = split(world, PEOPLE);
    this.until = until;
    const days = until - EPOCH + 1;
    this.bornBefore = new Float64Array(days + 1);
    this.pace = new Float64Array(days);
    // Expected volume by day, with a year before the epoch so that the pace starts steady.
    const expected = new Float64Array(days + LIFE_DAYS);
    const random = new Random(world);
    for (let i = 0; i < expected.length; i += 1) {
      const day = EPOCH - LIFE_DAYS + i;
      const noise = Math.exp(0.1 * random.start(split(split(world, NOISE), day)).normal());
      expected[i] = Math.max(1, baseDailyVolume * volumeFactor(day) * noise);
    }
    const stillThere = Float64Array.from({ length: LIFE_DAYS }, (_, age) => survival(age));
    for (let i = 0; i < days; i += 1) {
      const today = expected[i + LIFE_DAYS]!;
      const births = random
        .start(split(split(world, BIRTHS), EPOCH + i))
        .poisson(NEWCOMERS * today);
      this.bornBefore[i + 1] = this.bornBefore[i]! + births;
      let active = 0;
      for (let age = 1; age < LIFE_DAYS; age += 1) {
        active += NEWCOMERS * expected[i + LIFE_DAYS - age]! * stillThere[age]!;
      }
      this.pace[i] = (this.pace[i - 1] ?? 0) + ((1 - NEWCOMERS) * today) / active;
    }
  }

  /** Numbers of the customers born on a day: from `first` up to, without, `end`. */
  bornOn(day: number): { first: number; end: number } {
    const i = day - EPOCH;
    return { first: (this.bornBefore[i] ?? 0) + 1, end: (this.bornBefore[i + 1] ?? 0) + 1 };
  }

  /** A customer's visits, drawn from their key alone. */
  lifeline(number: number, born: number, random: Random): Lifeline {
    const key = split(this.people, number);
    random.start(split(key, VISITS));
    const appetite = random.normal();
    const frequency = Math.exp(FREQUENCY_SD * appetite - FREQUENCY_SD ** 2 / 2);
    const last = Math.min(born + Math.ceil(lifetime(random.uniform())) - 1, this.until);
    const visits = [born * DAY_MS + timeOfDay(random)];
    // In the clock of the pace the process is homogeneous, so its gaps are exponential.
    let position = this.pace[born - EPOCH]!;
    while (visits.length < MOST_VISITS) {
      position += random.exponential() / frequency;
      const day = this.dayAt(position, born + 1, last);
      if (day > last) break;
      visits.push(day * DAY_MS + timeOfDay(random));
    }
    visits.sort((one, other) => one - other);
    return { number, key, born, appetite, visits };
  }

  /** First day from `low` to `high` at whose end the pace has reached `position`, else high + 1. */
  private dayAt(position: number, low: number, high: number): number {
    if (high < low || this.pace[high - EPOCH]! < position) return high + 1;
    let [from, to] = [low, high];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.pace[middle - EPOCH]! < position) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Milliseconds after midnight: 70 % from 9 to 18 h, 20 % from 18 to 23 h, the rest at night. */
function timeOfDay(random: Random): number {
  const part = random.uniform();
  const [from, hours] = part < 0.7 ? [9, 9] : part < 0.9 ? [18, 5] : [23, 10];
  return Math.floor((from + hours * random.uniform()) * 3_600_000) % DAY_MS;
}
