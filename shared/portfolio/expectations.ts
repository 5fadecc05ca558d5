/** `expectations.json`: what the records of a day should be like, beyond what a contract can say of one. */
import * as z from 'zod';
import type { Contract } from './contract.ts';
import { columnName } from './documents.ts';
import { REVIEW } from './review.ts';

const every = {
  /** Unique within the stream. */
  name: z.string().regex(/^[a-z][a-z0-9_]{0,60}$/, 'must be lower case, digits, _'),
  stream: z.enum(['applications', 'outcomes', 'reviews']),
  /** fail: nobody should work with such a day; warn: somebody should look at it. */
  severity: z.enum(['warn', 'fail']),
  /** In a sentence, for whoever reads the report. */
  description: z.string().min(1).max(300),
};

/** Kinds that judge record by record, and how many may fail. */
const byRecord = {
  ...every,
  /** GoogleSQL: only records for which it holds are judged. */
  where: z.string().min(1).optional(),
  share_at_most: z.number().min(0).max(1).default(0),
};

const listed = z.union([z.array(z.string()).min(1), z.array(z.number()).min(1)]);

export const expectationSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('unique'), ...byRecord, column: columnName }),
  z.strictObject({ kind: z.literal('not_null'), ...byRecord, column: columnName }),
  /** NULL is within every range and on every list. */
  z.strictObject({
    kind: z.literal('range'),
    ...byRecord,
    column: columnName,
    minimum: z.number().optional(),
    maximum: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal('accepted_values'),
    ...byRecord,
    column: columnName,
    values: listed,
  }),
  /** GoogleSQL: fails where it is false; not where it is NULL. */
  z.strictObject({ kind: z.literal('condition'), ...byRecord, holds: z.string().min(1) }),
  /** The column is the key of an application of so many days before. */
  z.strictObject({
    kind: z.literal('reference'),
    ...byRecord,
    column: columnName,
    within_days: z.int().min(1).max(3650),
  }),
  /** Records that the contract refused, of those that came. */
  z.strictObject({ kind: z.literal('refused'), ...every, share_at_most: z.number().min(0).max(1) }),
  /** From the youngest record to the end of its day. */
  z.strictObject({
    kind: z.literal('freshness'),
    ...every,
    hours_at_most: z.number().min(0).max(24),
  }),
  /** Records of the day beside those of the same weekday of earlier weeks. */
  z.strictObject({
    kind: z.literal('volume'),
    ...every,
    weeks: z.int().min(3).max(26),
    /** How many standard deviations of the logarithm a day may be away. */
    deviations: z.number().positive().max(10),
    /** The standard deviation is taken to be this at least: few weeks can be alike by chance. */
    deviation_at_least: z.number().min(0).max(1),
  }),
]);

export const expectationsSchema = z.strictObject({ expectations: z.array(expectationSchema) });

export type Expectation = z.infer<typeof expectationSchema>;

interface Described {
  readonly expectations: readonly Expectation[];
  readonly application: Contract;
  readonly outcome: Contract;
  readonly source: { readonly reviews?: string | undefined };
}

/** What the file contradicts in itself or in the contracts. */
export function expectationFaults({
  expectations,
  application,
  outcome,
  source,
}: Described): string[] {
  const contracts = { applications: application, outcomes: outcome, reviews: REVIEW };
  const ids = expectations.map(({ stream, name }) => `${stream}.${name}`);
  return [
    ...[...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))].map((id) => `${id} twice`),
    ...expectations.flatMap((expectation) => {
      const { kind, name, stream } = expectation;
      const lacks =
        'column' in expectation && !(expectation.column in contracts[stream].properties);
      return [
        ...(stream === 'reviews' && source.reviews === undefined
          ? [`${name}, about reviews, which source (portfolio.json) lacks`]
          : []),
        ...(lacks ? [`${name}, about ${expectation.column}, which ${stream} lack`] : []),
        ...(kind === 'reference' && stream === 'applications'
          ? [`${name}, a reference from applications to themselves`]
          : []),
        ...(kind === 'range' &&
        expectation.minimum === undefined &&
        expectation.maximum === undefined
          ? [`${name}, a range without an end`]
          : []),
      ];
    }),
  ].map((fault) => `expectations.json names ${fault}`);
}
