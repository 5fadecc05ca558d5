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
 * @returns at most `most` reasons, strongest first, of equals by code: those that count against the
 *   applicant, and none that helped. None where nothing counts against: a cut-off can lie below the
 *   reference population's own risk
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
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || (a.reason.code < b.reason.code ? -1 : 1));
  return ranked.slice(0, most).map(({ reason }) => reason);
}
