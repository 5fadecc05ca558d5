/** What a customer buys and how they go about it, given who they are and the moment. */

import { civil, DAY_MS } from '../dates.ts';
import { CATEGORY_SHARES, PRODUCTS, type Product } from './catalogue.ts';
import type { Conditions } from './conditions.ts';
import { logistic } from './curves.ts';
import type { Customer } from './customer.ts';
import type { Random } from './random.ts';

const SCENARIOS = [
  'low_risk_purchase',
  'impulse_purchase',
  'credit_stretched',
  'high_risk_behavior',
] as const;
/** simtom's kinds of shopping. */
export type Scenario = (typeof SCENARIOS)[number];

/** How each scenario shows: simtom's ranges in seconds, context and speed. */
const MANNERS = {
  low_risk_purchase: { context: 'normal', comparison: [60, 300], site: [180, 900] },
  impulse_purchase: { context: 'impulse', comparison: [0, 60], site: [120, 300] },
  credit_stretched: { context: 'normal', comparison: [60, 300], site: [300, 600] },
  high_risk_behavior: { context: 'rushed', comparison: [0, 30], site: [30, 120] },
} as const satisfies Record<Scenario, unknown>;

/** A basket and how it came about. */
export interface Purchase {
  readonly product: Product;
  readonly cents: number;
  readonly scenario: Scenario;
  readonly context: (typeof MANNERS)[Scenario]['context'];
  readonly checkoutSpeed: 'slow' | 'normal' | 'fast' | 'very_fast';
  readonly installmentCount: 4 | 6 | 12;
  readonly cartAbandonments: number;
  readonly comparisonSeconds: number;
  readonly siteSeconds: number;
  /** Which of the customer's devices and payment methods, from 0. */
  readonly device: number;
  readonly trusted: boolean;
  readonly method: number;
}

/** Days after which a device counts as trusted. */
const TRUST_DAYS = 30;

/** From ten in the evening to six in the morning. */
export const isNight = (at: number): boolean => {
  const hour = Math.floor((at % DAY_MS) / 3_600_000);
  return hour >= 22 || hour < 6;
};

/**
 * Draws one purchase. Conditions change no number of draws, so that they move nothing else.
 *
 * @param health latent health at this moment
 * @param utilisation what is owed over the credit limit, before this purchase
 */
export function shop(
  customer: Customer,
  health: number,
  utilisation: number,
  at: number,
  conditions: Conditions,
  random: Random,
): Purchase {
  const day = Math.floor(at / DAY_MS);
  const scenario = scenarioOf(health, utilisation, isNight(at), random);
  const manner = MANNERS[scenario];
  const product = chooseProduct(customer, health, scenario, day, random);
  const cents = Math.round(product.price * conditions.prices * 100);
  const patience = 0.8 * customer.patience + 0.6 * random.normal();
  const within = ([low, high]: readonly [number, number], z: number, factor: number) =>
    Math.round((low + (high - low) * logistic(1.7 * z)) * factor);
  const { device, trusted } = deviceAt(customer, day, conditions.newDevices, random);
  return {
    product,
    cents,
    scenario,
    context: manner.context,
    checkoutSpeed: speedOf(scenario, patience),
    installmentCount: instalments(cents, health, random),
    cartAbandonments: Math.min(3, Math.floor(4 * random.uniform() ** Math.exp(0.25 * health))),
    comparisonSeconds: within(manner.comparison, patience, conditions.comparison),
    siteSeconds: within(manner.site, 0.5 * patience + 0.8 * random.normal(), conditions.browsing),
    device,
    trusted,
    method: random.chance(0.75) ? 0 : random.integer(0, customer.providers.length - 1),
  };
}

function scenarioOf(health: number, utilisation: number, night: boolean, random: Random): Scenario {
  const strain = Math.exp(-0.45 * health);
  return SCENARIOS[
    random.weighted([
      0.6,
      night ? 0.36 : 0.18,
      0.12 * strain * (1 + utilisation),
      0.04 * strain * (night ? 1.8 : 1),
    ])
  ]!;
}

function chooseProduct(
  customer: Customer,
  health: number,
  scenario: Scenario,
  day: number,
  random: Random,
): Product {
  const presents = civil(day).month >= 11;
  const weights = CATEGORY_SHARES.map((share, index) => {
    const taste = index === customer.favourite ? 2.5 : 1;
    return share * taste * (presents && PRODUCTS[index]![0]!.category === 'electronics' ? 1.3 : 1);
  });
  const shelf = PRODUCTS[random.weighted(weights)]!;
  // Who earns more, or is stretching their credit, reaches for a higher shelf.
  const reach =
    0.35 * Math.log(customer.income / 5e4) +
    (scenario === 'credit_stretched' ? 0.5 : 0) -
    0.1 * health;
  const height = logistic(1.7 * random.normal() + reach - 0.15);
  return shelf[Math.min(shelf.length - 1, Math.floor(height * shelf.length))]!;
}

function speedOf(scenario: Scenario, patience: number): Purchase['checkoutSpeed'] {
  if (scenario === 'impulse_purchase') return 'fast';
  if (scenario === 'high_risk_behavior') return 'very_fast';
  return scenario === 'low_risk_purchase' && patience > 0 ? 'slow' : 'normal';
}

/** 4, 6 or 12 by amount; where there is a choice, the strained take the longer plan. */
function instalments(cents: number, health: number, random: Random): 4 | 6 | 12 {
  const longer = random.chance(logistic(-0.2 - 0.4 * health));
  if (cents < 100_00) return 4;
  if (cents < 500_00) return longer ? 6 : 4;
  return longer ? 12 : 6;
}

function deviceAt(
  customer: Customer,
  day: number,
  newDevices: number,
  random: Random,
): { device: number; trusted: boolean } {
  const second = customer.devices[1];
  const other = random.chance(0.35) && second !== undefined && second.firstSeen <= day;
  const device = other ? 1 : 0;
  const unknown = random.chance(newDevices);
  return { device, trusted: !unknown && day - customer.devices[device]!.firstSeen > TRUST_DAYS };
}
