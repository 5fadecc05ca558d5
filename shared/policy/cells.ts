/** Where no policy condition changes: between two of its bounds, nothing but the probability of default can. */

import { segmentsOf } from './checks.ts';
import type { ColumnAt, Values } from './columns.ts';
import type { PolicyVersion } from './document.ts';

/**
 * Names the cell of a reading: equal where every rule, segment, condition and limit says the same.
 * A floor on profit has no cells of its own: profit moves with the probability of default.
 */
export function createPolicyCell(
  policy: PolicyVersion,
  columnAt: ColumnAt,
): (values: Values) => string {
  const { cut_offs, rules, limits } = policy;
  const flags = [...Object.keys(rules), ...segmentsOf(policy)].map(columnAt);
  const conditions = [...cut_offs, ...Object.values(limits).flatMap(({ at_most }) => at_most)];
  const bounds = conditions.flatMap(({ when }) => [
    ...Object.entries(when?.at_least ?? {}),
    ...Object.entries(when?.below ?? {}),
  ]);
  const reached = bounds.map(([column, bound]) => [columnAt(column), bound] as const);
  const exceeded = Object.values(limits).flatMap(({ figure, at_most }) =>
    at_most.map(({ limit }) => [columnAt(figure), limit] as const),
  );
  return (values) => {
    let name = '';
    for (const at of flags) name += Number.isNaN(values[at]) ? '?' : values[at];
    for (const [at, bound] of reached) name += values[at]! >= bound ? '1' : '0';
    for (const [at, bound] of exceeded) name += values[at]! > bound ? '1' : '0';
    return name;
  };
}
