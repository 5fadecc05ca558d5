/** How others read a customer's latent health: the bureau in bands, a partner in a score. */
import { logistic } from './curves.ts';
import type { Customer } from './customer.ts';
import type { Random } from './random.ts';

/** From worst to best. */
const CREDIT_RANGES = ['poor', 'fair', 'good', 'excellent'] as const;

/** What the request tells of a customer's health. */
export interface Reading {
  readonly creditRange: (typeof CREDIT_RANGES)[number];
  /** 0–1, higher is riskier. */
  readonly riskScore: number;
}

/** Of the partner's reading: weight of the truth, and of its own error. */
const SEEN = 0.96;
const MISREAD = 0.28;

/** @param health latent health at this moment; draws once */
export function read(customer: Customer, health: number, random: Random): Reading {
  // The bureau errs the same way about the same person for life.
  const bureau = 0.9 * health + 0.44 * customer.bureauError;
  const partner = SEEN * -health + MISREAD * random.normal();
  const riskScore = Math.round(1e4 * logistic(0.62 * partner - 0.65)) / 1e4;
  return { creditRange: rangeOf(bureau), riskScore };
}

function rangeOf(bureau: number): Reading['creditRange'] {
  if (bureau < -1.1) return 'poor';
  if (bureau < 0) return 'fair';
  return bureau < 1 ? 'good' : 'excellent';
}

/** simtom's bands of the score. */
export function riskLevel(score: number): 'low' | 'medium' | 'high' | 'very_high' {
  if (score < 0.3) return 'low';
  if (score < 0.6) return 'medium';
  return score < 0.8 ? 'high' : 'very_high';
}
