/** What the day does to the world: the season, and the drifts and shocks that a run asks for. */
import { civil } from '../dates.ts';

/** The groups of causes that a concept shock can weaken or turn round. */
export const CAUSES = ['health', 'history', 'burden', 'newness', 'purchase'] as const;
/** One group of causes. */
export type Cause = (typeof CAUSES)[number];

/** What a shock can be; the README tells each. */
export const SHOCK_KINDS = [
  'stress',
  'covariate_shift',
  'missing',
  'new_category',
  'scale',
  'concept',
] as const;

/** A change of the world, or of the feed that tells of it, on checkouts of certain days. */
export interface Shock {
  /** First and last day. */
  readonly from: number;
  readonly to: number;
  readonly kind: (typeof SHOCK_KINDS)[number];
  readonly field?: string | undefined;
  readonly size: number;
}

/** Fields that a covariate shift can move: each is a cause that later ones follow. */
export const SHIFTABLE = [
  'amount',
  'price_comparison_time',
  'time_on_site_seconds',
  'device_is_trusted',
] as const;

/** What holds for everybody on one day. */
export interface Conditions {
  /** Economic stress as everybody can read it: 0 is ordinary, 1 a deep recession, and the most. */
  readonly stress: number;
  /** What the season adds to the log-odds of missing an instalment. */
  readonly season: number;
  /** Added to the health of customers born today, in standard deviations. */
  readonly applicants: number;
  /** Factors on what shoppers do. */
  readonly prices: number;
  readonly comparison: number;
  readonly browsing: number;
  /** Chance that a visit comes from a device never seen before, over the usual. */
  readonly newDevices: number;
  /** Weight of each group of causes; 1 is ordinary. */
  readonly weights: Readonly<Record<Cause, number>>;
}

/** December strains budgets, and January pays for it. */
const SEASON = [0.12, 0, -0.04, -0.06, -0.04, -0.02, 0, 0.02, 0, -0.02, 0.06, 0.22];

/** Between none and all, and, as it is told in the records, without dust of binary fractions. */
const stressOf = (sum: number): number => Number(Math.min(1, Math.max(0, sum)).toFixed(6));

/** @returns the conditions of a day, remembered by day */
export function conditionsBy(
  economicStress: number,
  shocks: readonly Shock[],
): (day: number) => Conditions {
  const known = new Map<number, Conditions>();
  return (day) => {
    let conditions = known.get(day);
    if (conditions === undefined) {
      const today = shocks.filter(({ from, to }) => from <= day && day <= to);
      conditions = conditionsOn(day, economicStress, today);
      known.set(day, conditions);
    }
    return conditions;
  };
}

function conditionsOn(day: number, economicStress: number, today: readonly Shock[]): Conditions {
  const sum = (kind: Shock['kind'], field?: string) =>
    today.reduce((total, shock) => {
      return shock.kind === kind && shock.field === field ? total + shock.size : total;
    }, 0);
  const shift = (field: (typeof SHIFTABLE)[number]) => sum('covariate_shift', field);
  const weight = (cause: Cause) => 1 - sum('concept', cause) - sum('concept');
  return {
    stress: stressOf(economicStress + sum('stress')),
    season: SEASON[civil(day).month - 1]!,
    applicants: -sum('covariate_shift'),
    prices: 1 + shift('amount'),
    comparison: 1 + shift('price_comparison_time'),
    browsing: 1 + shift('time_on_site_seconds'),
    newDevices: shift('device_is_trusted'),
    weights: {
      health: weight('health'),
      history: weight('history'),
      burden: weight('burden'),
      newness: weight('newness'),
      purchase: weight('purchase'),
    },
  };
}
