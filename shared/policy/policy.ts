import type { PolicyDocument, Reason } from '../portfolio/documents.ts';

export type Outcome = 'approve' | 'review' | 'decline';

/** From mildest to strictest: of several claims the strictest wins. */
const STRICTNESS: Readonly<Record<Outcome, number>> = { approve: 0, review: 1, decline: 2 };

export interface PolicyVerdict {
  readonly outcome: Outcome;
  /** Every rule with whether it applied: the audit trail of the verdict. */
  readonly rules: readonly { readonly rule: string; readonly hit: boolean }[];
  /** Reasons of the rules that applied and ask for the outcome; empty when the cut-off alone does. */
  readonly ruleReasons: readonly Reason[];
}

/**
 * From a probability of default to an outcome. Total: whatever the inputs, there is a verdict.
 *
 * @param pd calibrated probability of default; undefined when no model could be asked: then nobody
 *   is approved, and a person looks
 * @param hits knock-out rules by name; NULL in SQL counts as not hit
 */
export function applyPolicy(
  policy: PolicyDocument,
  pd: number | undefined,
  hits: Readonly<Record<string, boolean>>,
): PolicyVerdict {
  const rules = Object.keys(policy.rules).map((rule) => ({ rule, hit: hits[rule] === true }));
  const claims = rules.filter(({ hit }) => hit).map(({ rule }) => policy.rules[rule]!);
  const outcome = [byScore(policy, pd), ...claims.map((claim) => claim.outcome)].reduce(stricter);
  return {
    outcome,
    rules,
    ruleReasons: claims.filter((claim) => claim.outcome === outcome).map(({ reason }) => reason),
  };
}

function byScore({ cut_offs }: PolicyDocument, pd: number | undefined): Outcome {
  if (pd === undefined || Number.isNaN(pd)) return 'review';
  if (pd >= cut_offs.decline_from) return 'decline';
  return pd >= cut_offs.review_from ? 'review' : 'approve';
}

const stricter = (a: Outcome, b: Outcome): Outcome => (STRICTNESS[a] >= STRICTNESS[b] ? a : b);
