import type { Reason, ReasonsDocument } from '../portfolio/documents.ts';

/** Regulation B's commentary finds that more are unlikely to help the applicant. */
export const MOST_REASONS = 4;

/**
 * The principal reasons of an adverse decision: those whose features together raised this
 * applicant's log-odds of default the most above the reference population.
 *
 * Regulation B §1002.9(b)(2) wants the specific factors actually scored.
 *
 * @param contributions what each feature added to the log-odds, by feature name
 * @returns at most `most` reasons, strongest first: those that count against the applicant or, where
 *   none does and only the cut-off is strict, the one that counts least in favour
 */
export function principalReasons(
  document: ReasonsDocument,
  contributions: Readonly<Record<string, number>>,
  most = MOST_REASONS,
): Reason[] {
  const ranked = document.reasons
    .map(({ code, text, features }) => ({
      reason: { code, text },
      weight: features.reduce((sum, feature) => sum + (contributions[feature] ?? 0), 0),
    }))
    .sort((a, b) => b.weight - a.weight || (a.reason.code < b.reason.code ? -1 : 1));
  const against = ranked.filter(({ weight }) => weight > 0).length;
  return ranked.slice(0, Math.min(Math.max(against, 1), most)).map(({ reason }) => reason);
}
