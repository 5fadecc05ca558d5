/** What stays with a customer for life, drawn once and correlated through their financial health. */
import { LEVEL_SD } from './health.ts';
import type { Lifeline } from './population.ts';
import { Random, split } from './random.ts';

const PROVIDERS = ['affirm', 'klarna', 'afterpay', 'sezzle'] as const;
const CREDIT_LIMITS = [500, 1000, 1500, 2500, 5000] as const;
const AGE_BRACKETS = ['18-24', '25-34', '35-44', '45-54', '55+'] as const;
const INCOME_BRACKETS = ['<25k', '25k-50k', '50k-75k', '75k-100k', '100k+'] as const;

/** Postal codes of the states, the District of Columbia, the territories and the associated states. */
const STATES = (
  'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM ' +
  'NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI FM MH PW'
).split(' ');

const SYSTEMS = {
  mobile: { names: ['iOS', 'Android'], shares: [0.3, 0.7] },
  desktop: { names: ['Windows', 'macOS', 'Linux'], shares: [0.7, 0.2, 0.1] },
  tablet: { names: ['iOS', 'Android', 'Windows'], shares: [0.5, 0.45, 0.05] },
} as const;
const DEVICE_TYPES = ['mobile', 'desktop', 'tablet'] as const;
const DEVICE_SHARES = [0.55, 0.3, 0.15];

/** A device that a customer shops with. */
export interface Device {
  readonly type: (typeof DEVICE_TYPES)[number];
  readonly os: string;
  /** Day on which the lender's network first saw it. */
  readonly firstSeen: number;
}

/** A person: what the records tell of them, and what is latent. */
export interface Customer {
  readonly number: number;
  /** Level of financial health; latent. */
  readonly level: number;
  /** Dollars a year; only its bracket is ever told. */
  readonly income: number;
  readonly incomeBracket: (typeof INCOME_BRACKETS)[number];
  /** How patiently this person shops, in standard deviations; latent. */
  readonly patience: number;
  /** What the bureau has wrong about this person, in standard deviations; latent. */
  readonly bureauError: number;
  /** Index of the category bought most. */
  readonly favourite: number;
  readonly signupDay: number;
  readonly ageBracket: (typeof AGE_BRACKETS)[number];
  readonly verification: 'verified' | 'partial' | 'unverified';
  readonly addressStability: 'stable' | 'new' | 'frequent_mover';
  readonly state: string;
  readonly creditLimit: number;
  readonly devices: readonly Device[];
  /** The provider of each payment method. */
  readonly providers: readonly (typeof PROVIDERS)[number][];
}

const TRAITS = 1;

/** A standard normal that correlates with the standard normal `z`. */
const near = (z: number, correlation: number, random: Random): number =>
  correlation * z + Math.sqrt(1 - correlation ** 2) * random.normal();

/** The index of the band that holds `z`; `cuts` ascend. */
function band(z: number, cuts: readonly number[]): number {
  let index = 0;
  while (index < cuts.length && z >= cuts[index]!) index += 1;
  return index;
}

/** @param healthShift added to this customer's health, in standard deviations of applicants */
export function bornCustomer(life: Lifeline, categories: number, healthShift: number): Customer {
  const random = new Random(split(life.key, TRAITS));
  // Who is short of money comes a little more often.
  const health = near(-life.appetite, 0.1, random) + healthShift;
  const wealth = near(health, 0.45, random);
  const income = Math.exp(10.87 + 0.68 * wealth);
  const limit = band(near(0.55 * health + 0.5 * wealth, 0.85, random), [-0.8, -0.24, 0.24, 0.8]);
  const verified = band(near(health, 0.4, random), [-1.28, -0.25]);
  const settled = band(near(health, 0.35, random), [-0.84, -0.25]);
  return {
    number: life.number,
    level: LEVEL_SD * health,
    income,
    incomeBracket: INCOME_BRACKETS[band(income, [25e3, 50e3, 75e3, 100e3])]!,
    patience: near(health, 0.4, random),
    bureauError: random.normal(),
    favourite: random.integer(0, categories - 1),
    // A third pays on the day they sign up; tenure then grows to two years at most.
    signupDay: life.born - (random.chance(0.35) ? 0 : Math.ceil(365 * random.uniform() ** 2)),
    ageBracket: AGE_BRACKETS[band(near(health, 0.25, random), [-1.13, -0.47, 0.03, 0.52])]!,
    verification: (['unverified', 'partial', 'verified'] as const)[verified]!,
    addressStability: (['frequent_mover', 'new', 'stable'] as const)[settled]!,
    state: random.pick(STATES),
    creditLimit: CREDIT_LIMITS[limit]!,
    devices: devicesOf(life.born, random),
    providers: Array.from({ length: random.integer(1, 3) }, () => random.pick(PROVIDERS)),
  };
}

function devicesOf(born: number, random: Random): Device[] {
  // The first is mostly known from before, through the payment network.
  const known = random.chance(0.92) ? born - random.integer(31, 430) : born;
  const first = deviceOf(known, random);
  if (!random.chance(0.35)) return [first];
  // The second turns up some day.
  return [first, deviceOf(born + random.integer(-200, 300), random)];
}

function deviceOf(firstSeen: number, random: Random): Device {
  const type = DEVICE_TYPES[random.weighted(DEVICE_SHARES)]!;
  const { names, shares } = SYSTEMS[type];
  return { type, os: names[random.weighted(shares)]!, firstSeen };
}
