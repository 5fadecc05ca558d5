/**
 * What a person decided on an application that the service had decided: the record of the stream of
 * reviews, the same for every portfolio. Its columns are those of sql/tables/reviews.json.
 */
import { type Contract, contractSchema } from './contract.ts';

/** Columns that a review is known by, and that say when it was. */
export const REVIEW_KEY = 'review_id';
export const REVIEW_TIME = 'reviewed_at';

const id = (description: string) =>
  ({ type: 'string', maxLength: 64, pattern: '^[A-Za-z0-9_.:-]+$', description }) as const;

export const REVIEW: Contract = contractSchema.parse({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A review',
  description: 'What a person decided on a decision of the service, and why. One record a verdict.',
  type: 'object',
  additionalProperties: false,
  required: ['review_id', 'decision_id', 'outcome', 'reason_code', 'reviewer', 'reviewed_at'],
  properties: {
    review_id: id('The verdict: unique, stable across deliveries.'),
    decision_id: id('The decision that it is about; of several verdicts the latest holds.'),
    outcome: {
      type: 'string',
      enum: ['approve', 'decline'],
      description: 'What the person decided.',
    },
    reason_code: id('Why, by the list of codes that reviewers choose from.'),
    reviewer: id('Who decided, by a pseudonym.'),
    reviewed_at: { type: 'string', format: 'date-time', description: 'When.' },
  },
} satisfies Contract);
