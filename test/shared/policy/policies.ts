/** A policy with one of everything, and readings for it, without any SQL. */
import type * as z from 'zod';
import { compileFeatures, type FeatureProgram } from '../../../shared/features/compile.ts';
import type { Reading } from '../../../shared/policy/columns.ts';
import { type PolicyVersion, policySchema } from '../../../shared/policy/document.ts';

export const reason = (code: string) => ({ code, text: `why ${code}` });

export type VersionInput = z.input<typeof policySchema>['versions'][number];

/** A program with columns in this order: what they read does not matter here. */
export const COLUMNS: FeatureProgram = compileFeatures(
  `SELECT amount > 90 AS over_limit, term > 9 AS too_long, amount < 1 AS newcomer,
     amount, 2 * amount AS exposure, term * 30 AS days FROM input`,
  [
    { name: 'amount', type: 'FLOAT64', nullable: false, minimum: 0, maximum: 1000 },
    { name: 'term', type: 'INT64', nullable: false, minimum: 0, maximum: 100 },
  ],
);

/** What the columns say, by name; a column that is not named is 0. */
export function readingOf(columns: Readonly<Record<string, number | boolean>> = {}): Reading {
  const values = COLUMNS.features.map(({ name }) => Number(columns[name] ?? 0));
  return { values: Float64Array.from(values) };
}

export const VERSION: VersionInput = {
  version: 'test',
  effective_from: '2026-01-01T00:00:00Z',
  cut_offs: [
    {
      name: 'new_and_large',
      when: { segments: ['newcomer'], at_least: { amount: 50 }, below: { amount: 500 } },
      review_from: 0.05,
      decline_from: 0.1,
    },
    { name: 'standard', review_from: 0.1, decline_from: 0.2 },
  ],
  rules: {
    over_limit: { outcome: 'decline', reason: reason('R1') },
    too_long: { outcome: 'review', reason: reason('R2') },
  },
  limits: {
    exposure_cap: {
      outcome: 'decline',
      figure: 'exposure',
      at_most: [
        { when: { segments: ['newcomer'] }, limit: 300 },
        { pd_at_least: 0.05, limit: 400 },
        { limit: 1000 },
      ],
      reason: reason('R3'),
    },
  },
  economics: {
    currency: 'USD',
    exposure_at_default: 'exposure',
    loss_given_default: 0.5,
    merchant_fee: { of: 'amount', share: 0.04 },
    customer_fee: 10,
    funding: { of: 'amount', rate_a_year: 0.073, days: 'days' },
    cost_per_plan: 1,
  },
  reference_population: { kind: 'training', text: 'all' },
  cut_off_reason: reason('R80'),
  fallback_reason: reason('R90'),
};

/** As it is read from policy.json. */
export const versionOf = (changes: Partial<VersionInput> = {}): PolicyVersion =>
  policySchema.parse({ versions: [{ ...VERSION, ...changes }] }).versions[0]!;
