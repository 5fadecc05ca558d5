/** Whether those who are not approved can be told why, as Regulation B §1002.9(b)(2) wants it. */
import type { Gate } from '../../../shared/bundle/manifest.ts';
import type { Coverage } from '../../../shared/card/findings.ts';
import { MOST_REASONS } from '../../../shared/explain/reasons.ts';
import type { PortfolioDocument, ReasonsDocument } from '../../../shared/portfolio/documents.ts';
import { atLeast, notMeasurable } from './verdict.ts';

/** @param contributions by application that is not approved: what each feature added to its log-odds */
export function coverageOf(
  { reasons }: ReasonsDocument,
  contributions: readonly Readonly<Record<string, number>>[],
): Coverage {
  const reasonOf = new Map(
    reasons.flatMap(({ code, features }) => features.map((feature) => [feature, code] as const)),
  );
  const unmapped = new Set<string>();
  let covered = 0;
  for (const one of contributions) {
    const principal = principalOf(one, (feature) => reasonOf.get(feature));
    for (const { feature } of principal) if (feature !== undefined) unmapped.add(feature);
    if (principal.length > 0 && principal.every(({ feature }) => feature === undefined)) covered++;
  }
  return { adverse: contributions.length, covered, unmapped: [...unmapped].sort() };
}

/** What counts most against the applicant: by reason, or by feature where that has none. */
function principalOf(
  contributions: Readonly<Record<string, number>>,
  reasonOf: (feature: string) => string | undefined,
): { readonly feature: string | undefined; readonly weight: number }[] {
  const sums = new Map<string, { feature: string | undefined; weight: number }>();
  for (const [feature, weight] of Object.entries(contributions)) {
    const reason = reasonOf(feature);
    const key = reason === undefined ? `feature ${feature}` : `reason ${reason}`;
    const sum = sums.get(key) ?? { feature: reason === undefined ? feature : undefined, weight: 0 };
    sum.weight += weight;
    sums.set(key, sum);
  }
  return [...sums.values()]
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST_REASONS);
}

export function reasonsGates(
  { gates }: Pick<PortfolioDocument, 'gates'>,
  { adverse, covered, unmapped }: Coverage,
): Gate[] {
  const limit = gates.reasons_covered_at_least;
  if (limit === undefined) return [];
  if (adverse === 0) {
    return [notMeasurable('reasons', null, limit, 'Of those judged, all would be approved.')];
  }
  const without = unmapped.length > 0 ? ` No reason stands for ${unmapped.join(', ')}.` : '';
  const why = `Whoever is not approved must be told the factors that counted, in words.${without}`;
  return [atLeast('reasons', covered / adverse, limit, why, { n: adverse })];
}
