/** Errors of a query, in BigQuery's words, with the place in the GoogleSQL text. */
import { type ApiError, invalidQuery } from '../../../errors.ts';
import type { Place } from '../parse/ast.ts';

export const queryError = (problem: string, at: Place, cause?: unknown): ApiError =>
  invalidQuery(`${problem} at [${at.line}:${at.column}]`, cause);

/** `; Did you mean y?` for the name that is nearest, or nothing when none is near. */
export function suggestion(name: string, known: Iterable<string>): string {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase(), least);
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best === undefined ? '' : `; Did you mean ${best}?`;
}

/** Levenshtein's distance, or `limit` when it is no less. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return Math.min(row[b.length]!, limit);
}
