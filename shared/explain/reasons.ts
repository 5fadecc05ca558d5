import type { Reason, ReasonsDocument } from '../portfolio/documents.ts';

/**
 * The principal reasons of an adverse decision: those whose features together raised this
 * applicant's log-odds of default the most above the reference population.
 *
 * Regulation B §1002.9(b)(2) wants the specific factors actually scored; its commentary finds that
 * more than four are unlikely to help.
 *
 * @param contributions what each feature added to the log-odds, by feature name
 * @returns at most `most` reasons, strongest first; only those that count against the applicant
 */
export function principalReasons(
  document: ReasonsDocument,
  contributions: Readonly<Record<string, number>>,
  most = 4,
): Reason[] {
  return document.reasons
    .map(({ code, text, features }) => ({
      reason: { code, text },
      weight: features.reduce((sum, feature) => sum + (contributions[feature] ?? 0), 0),
    }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || (a.reason.code < b.reason.code ? -1 : 1))
    .slice(0, most)
    .map(({ reason }) => reason);
}
