/**
 * The lender's case management: it hears of decisions, and people decide on most of those that were left
 * to them and on a few others. Its export is a stream by day, as the lender's other records are.
 */
import * as z from 'zod';
import { defineSource, rangeShape, type Source } from '../source.ts';
import { Random, rootKey, split } from './random.ts';

const decided = z.object({
  decision_id: z.string().min(1),
  outcome: z.enum(['approve', 'review', 'decline', 'counter_offer']),
  decided_at: z.iso.datetime(),
  /** Null where no model could be asked. */
  probability_of_default: z.number().min(0).max(1).nullable(),
});

/** Decisions as the service answered them; what else they hold is passed over. */
export const casesSchema = z.array(decided).max(10_000);

export type Decided = z.infer<typeof decided>;

export interface CaseManagement {
  readonly source: Source;
  /** Opens a case for each decision; one that is known keeps its verdict. */
  take(decisions: readonly Decided[]): void;
}

/** How many of each outcome a person decides on, and how often otherwise than the service. */
const LOOKED_AT = { review: 0.92, decline: 0.04, counter_offer: 0.03, approve: 0.006 } as const;

const HOUR_MS = 3_600_000;

interface Review {
  readonly review_id: string;
  readonly decision_id: string;
  readonly outcome: 'approve' | 'decline';
  readonly reason_code: string;
  readonly reviewer: string;
  readonly reviewed_at: string;
}

export function createCaseManagement(): CaseManagement {
  const reviews = new Map<string, Review>();
  return {
    take(decisions) {
      for (const decision of decisions) {
        const review = reviewOf(decision);
        if (review) reviews.set(review.review_id, review);
      }
    },
    source: defineSource({
      name: 'bnpl_reviews',
      description: 'What people decided on decisions that the world was told of (POST /cases).',
      // It is asked with the knobs of the world that it belongs to, and needs none of them.
      schema: z.looseObject(rangeShape),
      batches: ({ start_date, end_date }) => {
        const dayOf = ({ reviewed_at }: Review) => reviewed_at.slice(0, 10);
        const asked = [...reviews.values()].filter(
          (review) => dayOf(review) >= start_date && dayOf(review) <= end_date,
        );
        return [asked.toSorted((a, b) => (a.reviewed_at < b.reviewed_at ? -1 : 1))];
      },
    }),
  };
}

/** The same for the same decision, whenever it is told of; undefined where nobody looks at it. */
function reviewOf({ decision_id, outcome, decided_at, ...said }: Decided): Review | undefined {
  let key = rootKey(0);
  for (const character of decision_id) key = split(key, character.codePointAt(0)!);
  const random = new Random(key);
  if (!random.chance(LOOKED_AT[outcome])) return undefined;
  const hours = 0.5 + 6 * random.exponential();
  // People see what PDs see, and papers beside.
  const risk = said.probability_of_default ?? 0.2;
  const isGood = outcome === 'review' ? random.chance(1 - 2.5 * risk) : outcome !== 'approve';
  const reasons = isGood
    ? ['income_verified', 'identity_verified', 'known_customer']
    : ['documents_missing', 'income_not_verified', 'suspected_fraud'];
  return {
    review_id: `${decision_id}-1`,
    decision_id,
    outcome: isGood ? 'approve' : 'decline',
    reason_code: reasons[random.integer(0, reasons.length - 1)]!,
    reviewer: `r-${String(random.integer(1, 12)).padStart(2, '0')}`,
    reviewed_at: new Date(Date.parse(decided_at) + hours * HOUR_MS).toISOString(),
  };
}
