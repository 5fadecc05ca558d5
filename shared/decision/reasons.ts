/** What the applicant is told about an adverse outcome. */
import { MOST_REASONS, principalReasons } from '../explain/reasons.ts';
import { claimedReasons, type Policy, type Verdict } from '../policy/policy.ts';
import type { Reason, ReasonsDocument } from '../portfolio/documents.ts';

/**
 * At most four, and none of an approval. The rules and limits that ask for the outcome are its
 * reasons, first; where the probability of default asks for it too, the features that count most
 * against the applicant follow.
 * @param contributions asked for only where the probability of default asks for the outcome
 */
export function reasonsOf(
  verdict: Verdict,
  { document }: Pick<Policy, 'document'>,
  reasons: ReasonsDocument,
  contributions: () => Readonly<Record<string, number>>,
): Reason[] {
  const told = claimedReasons(verdict.claims);
  if (!verdict.claims.some(({ kind }) => kind === 'band')) return told.slice(0, MOST_REASONS);
  const scored = principalReasons(reasons, contributions());
  const all = told.length + scored.length > 0 ? [...told, ...scored] : [document.cut_off_reason];
  return all.slice(0, MOST_REASONS);
}
