import type { PolicyVersion } from './document.ts';

/**
 * Which of some applicants a policy would approve by their probability of default whatever their
 * segment: below every cut-off. Whoever is reviewed or declined for it has a higher one.
 * @returns their places
 */
export function approvedByScore({ cut_offs }: PolicyVersion, pds: Float64Array): number[] {
  const lowest = Math.min(...cut_offs.map(({ review_from }) => review_from));
  return [...pds.keys()].filter((i) => pds[i]! < lowest);
}
