/** `policy.json`: from a probability of default to an outcome, as data. Columns are those of `policy.sql`. */
import * as z from 'zod';
import { columnName, reasonSchema } from '../portfolio/documents.ts';

const share = z.number().min(0).max(1);

/** A constant, or the column of `policy.sql` that holds it. */
const figure = z.union([z.number().min(0), columnName]);

export type Figure = z.infer<typeof figure>;

/** All of it must hold: every segment TRUE, every figure within its bounds. Without members it always does. */
const when = z.strictObject({
  segments: z.array(columnName).default([]),
  at_least: z.record(columnName, z.number()).default({}),
  below: z.record(columnName, z.number()).default({}),
});

export type When = z.infer<typeof when>;

/** What a rule, limit or cut-off may ask for. */
const adverse = z.enum(['review', 'decline']);

/** Cut-offs on the calibrated probability of default: `from` counts in. */
const cutOff = z
  .strictObject({
    name: columnName,
    when: when.optional(),
    review_from: share,
    decline_from: share,
  })
  .refine(({ review_from, decline_from }) => review_from <= decline_from, {
    message: 'review_from must not be above decline_from',
  });

const rule = z.strictObject({ outcome: adverse, reason: reasonSchema });

/** The most that a figure may be: of the first row that applies. */
const limit = z.strictObject({
  outcome: adverse,
  figure: columnName,
  at_most: z
    .array(
      z.strictObject({
        when: when.optional(),
        /** The row applies from this probability of default on. */
        pd_at_least: share.optional(),
        limit: z.number(),
      }),
    )
    .min(1),
  reason: reasonSchema,
});

/** What a plan brings and costs, in `currency`; see `economics.ts` for the sums. */
const economics = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a code of ISO 4217'),
  exposure_at_default: figure,
  loss_given_default: z.union([share, columnName]),
  /** Paid by the merchant at once, whatever becomes of the plan. */
  merchant_fee: z.strictObject({ of: figure, share }),
  /** Paid by the customer, where the plan goes well. */
  customer_fee: figure,
  funding: z.strictObject({ of: figure, rate_a_year: share, days: figure }),
  cost_per_plan: figure,
});

export type Economics = z.infer<typeof economics>;

/** Multiples of this are exact to the cent and beyond. */
const multiple = z
  .number()
  .positive()
  .refine((step) => Number.isInteger(step) || Number.isInteger(1 / step), {
    error: 'must be an integer, or one divided by an integer',
  });

/** How a field of the application can be less than was asked. */
const change = z.union([
  /** One of these, where it is less. */
  z.strictObject({ field: columnName, values: z.array(z.number()).min(1).max(20) }),
  /** A share of what was asked, rounded down to a multiple. */
  z.strictObject({
    field: columnName,
    shares: z.array(z.number().gt(0).lt(1)).min(1).max(20),
    multiple_of: multiple,
    at_least: z.number(),
    /**
     * Fields that shrink by the same share: terms, rounded down to a multiple, and what others derive
     * from terms, which is no term of the offer.
     */
    scales: z
      .array(
        z.union([
          z.strictObject({ field: columnName, multiple_of: multiple }),
          z.strictObject({ field: columnName, derived: z.literal(true) }),
        ]),
      )
      .default([]),
  }),
]);

export type TermChange = z.infer<typeof change>;
export type Scale = Extract<TermChange, { shares: number[] }>['scales'][number];

/** More would keep a shopper waiting. */
const MOST_CANDIDATES = 64;

const counterOffers = z
  .strictObject({
    instead_of: z.array(adverse).min(1),
    changes: z.array(change).min(1).max(3),
    /** Which of the offers that would be approved is made. */
    prefer: z.enum(['largest_amount', 'highest_expected_profit']),
    /** The column that says how large an offer is. */
    amount: columnName,
  })
  .refine(
    ({ changes }) =>
      changes.reduce((n, c) => n * (1 + ('values' in c ? c.values : c.shares).length), 1) <=
      MOST_CANDIDATES,
    { message: `the changes must have at most ${MOST_CANDIDATES} combinations` },
  );

export type CounterOffers = z.infer<typeof counterOffers>;

/** Always there, so that something applies to everybody. */
const endsWithDefault = (rows: readonly { when?: unknown; pd_at_least?: unknown }[]): boolean =>
  rows.every(
    (row, i) =>
      (row.when === undefined && row.pd_at_least === undefined) === (i === rows.length - 1),
  );

const NO_DEFAULT =
  'the last row, and no other, must be without conditions: it applies to all others';

const policyVersion = z.strictObject({
  version: z.string().min(1).max(40),
  /** In force from here on, until the next one is. */
  effective_from: z.iso.datetime(),
  /** The first row that applies decides. */
  cut_offs: z
    .array(cutOff)
    .min(1)
    .refine(endsWithDefault, NO_DEFAULT)
    .refine((rows) => new Set(rows.map(({ name }) => name)).size === rows.length, {
      message: 'two cut-offs have the same name',
    }),
  /** Knock-out rules by their columns. */
  rules: z.record(columnName, rule),
  limits: z.record(
    columnName,
    limit
      .refine(({ at_most }) => endsWithDefault(at_most), NO_DEFAULT)
      .refine(isNeverLaxer, {
        message:
          'a row with pd_at_least must not allow more than a later one: more risk, less credit',
      }),
  ),
  economics,
  /** What a plan must be expected to bring, in `currency`. */
  profit_floor: z
    .strictObject({ outcome: adverse, at_least: z.number(), reason: reasonSchema })
    .optional(),
  counter_offers: counterOffers.optional(),
  /** Whom an applicant is compared with when reasons are chosen, and in words. */
  reference_population: z.strictObject({
    /**
     * All that the model was trained on; the rows of theirs that a bundle keeps; or those of these
     * rows whom the policy would approve by their probability of default.
     */
    kind: z.enum(['training', 'background', 'approved']),
    text: z.string().min(1),
  }),
  /** Told where the probability of default is too high and no feature counts against the applicant. */
  cut_off_reason: reasonSchema,
  /** Told when no model can be asked, or a rule not be read, and a person has to look. */
  fallback_reason: reasonSchema,
});

function isNeverLaxer({ at_most }: z.infer<typeof limit>): boolean {
  return at_most.every(
    ({ pd_at_least, limit: most }, i) =>
      pd_at_least === undefined || at_most.slice(i + 1).every((later) => most <= later.limit),
  );
}

export type PolicyVersion = z.infer<typeof policyVersion>;

/** Versions from the oldest to the youngest. */
export const policySchema = z.strictObject({
  versions: z
    .array(policyVersion)
    .min(1)
    .refine((all) => new Set(all.map(({ version }) => version)).size === all.length, {
      message: 'two versions have the same name',
    })
    .refine(
      (all) =>
        all.every(
          ({ effective_from }, i) =>
            i === 0 || Date.parse(all[i - 1]!.effective_from) < Date.parse(effective_from),
        ),
      { message: 'versions must be in the order of effective_from, no two at one time' },
    ),
});

export type PolicyDocument = z.infer<typeof policySchema>;
